//! An agent at work: it appends, stops in the middle of a line, truncates, replaces, renames,
//! deletes and edits, step by step, and leaves files from which one can tell what must be stored.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::records::{line, prompt};
use super::sandbox::complete_len;

/// Something an agent does to one of its files.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which file.
    pub file: usize,
    pub act: Act,
}

/// What it does. Places are given in thousandths, so that they fit a file of any size.
#[derive(Debug, Clone)]
pub enum Act {
    /// Appends whole lines.
    Append(u8),
    /// Appends the first part of a line; 1000 is all but the newline.
    Begin(u16),
    /// Appends what is missing of a line begun.
    Finish,
    /// Cuts the file off, perhaps in the middle of a line.
    Truncate(u16),
    /// Takes out one line and writes what follows it again, in place.
    TakeOut(u16),
    /// Changes a line in place, to one of the same length.
    Edit(u16),
    /// Saves the file with further lines as a new one in its place.
    Save(u8),
    /// Puts a file with other lines in its place.
    Replace(u8),
    /// Gives it another name.
    Rename,
    /// Deletes it.
    Unlink,
    /// Appends a line of so many KiB, in pieces.
    AppendLong(u8),
    /// Leaves it as it is and goes on in a new file, in folders just made.
    MoveOn,
}

impl Step {
    /// Any step on one of `files` files; appends are the most frequent, as in life.
    pub fn random(rng: &mut fastrand::Rng, files: usize) -> Self {
        let place = rng.u16(0..=1000);
        let few = rng.u8(1..=4);
        let act = match rng.u8(0..22) {
            0..=8 => Act::Append(few),
            9 | 10 => Act::Begin(place),
            11 | 12 => Act::Finish,
            13 => Act::Truncate(place),
            14 => Act::TakeOut(place),
            15 => Act::Edit(place),
            16 => Act::Save(few),
            17 => Act::Replace(few),
            18 => Act::Rename,
            19 => Act::AppendLong(rng.u8(1..=90)),
            20 => Act::MoveOn,
            _ => Act::Unlink,
        };
        let file = rng.usize(0..files);
        Self { file, act }
    }
}

/// The agent: its folder, its files, and the ids of all it ever wrote.
#[derive(Debug)]
pub struct Agent {
    folder: PathBuf,
    files: Vec<Written>,
    /// Files it left as they are.
    left: Vec<PathBuf>,
    /// Set apart from those of other agents in the same home.
    name: String,
    written: BTreeSet<String>,
}

#[derive(Debug)]
struct Written {
    path: PathBuf,
    /// What is missing of a line begun.
    rest: String,
}

impl Agent {
    /// An agent that will write up to `files` files in `folder`.
    pub fn new(name: &str, folder: &Path, files: usize) -> Self {
        fs::create_dir_all(folder).expect("made");
        let file = |number| Written {
            path: folder.join(format!("{name}-{number}.jsonl")),
            rest: String::new(),
        };
        Self {
            folder: folder.to_owned(),
            files: (0..files).map(file).collect(),
            left: Vec::new(),
            name: name.to_owned(),
            written: BTreeSet::new(),
        }
    }

    /// Takes one step.
    pub fn take(&mut self, step: &Step) {
        let index = step.file % self.files.len();
        let content = fs::read(&self.files[index].path).unwrap_or_default();
        match step.act {
            Act::Append(lines) => {
                let lines = self.new_lines(lines);
                self.append(index, &lines);
            }
            Act::Begin(part) => {
                let whole = self.new_lines(1);
                let (first, rest) = whole.split_at((whole.len() - 1) * usize::from(part) / 1000);
                self.append(index, first);
                rest.clone_into(&mut self.files[index].rest);
            }
            Act::Finish => {
                let rest = std::mem::take(&mut self.files[index].rest);
                if !rest.is_empty() && self.files[index].path.exists() {
                    self.append(index, &rest);
                }
            }
            Act::Truncate(place) => {
                self.cut_off(index, content.len() * usize::from(place) / 1000);
            }
            Act::TakeOut(place) => {
                if let Some((start, end)) = line_at(&content, place) {
                    self.cut_off(index, start);
                    let tail = String::from_utf8(content[end..].to_vec()).expect("UTF-8");
                    self.append(index, &tail);
                }
            }
            Act::Edit(place) => {
                if let Some((start, end)) = line_at(&content, place) {
                    self.edit(index, start, &content[start..end]);
                }
            }
            Act::Save(lines) => {
                let complete = content[..complete_len(&content)].to_vec();
                let more = self.new_lines(lines);
                self.put_in_place(index, &[complete, more.into_bytes()].concat());
            }
            Act::Replace(lines) => {
                let lines = self.new_lines(lines);
                self.put_in_place(index, lines.as_bytes());
            }
            Act::Rename => self.rename(index),
            Act::Unlink => {
                let _ = fs::remove_file(&self.files[index].path);
                self.files[index].rest.clear();
            }
            Act::AppendLong(kib) => {
                let line = self.long_line(kib);
                for piece in line.as_bytes().chunks(1 + line.len() / 3) {
                    self.append(index, std::str::from_utf8(piece).expect("ASCII"));
                }
            }
            Act::MoveOn => self.move_on(index),
        }
    }

    /// Everything this agent ever wrote, or began to.
    pub fn written(&self) -> &BTreeSet<String> {
        &self.written
    }

    /// The ids of the whole records that stand in its files now.
    pub fn standing(&self) -> BTreeSet<String> {
        let contents = self.paths().filter_map(|path| fs::read(path).ok());
        contents.flat_map(|content| ids_in(&content)).collect()
    }

    /// The files that are there now.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let files = self.files.iter().map(|file| file.path.as_path());
        let paths = files.chain(self.left.iter().map(PathBuf::as_path));
        paths.filter(|path| path.exists())
    }

    fn new_lines(&mut self, count: u8) -> String {
        (0..count)
            .map(|_| {
                let id = self.new_id();
                let padding = "so it goes ".repeat(self.written.len() * 7 % 60);
                line(&prompt(
                    &self.name,
                    &id,
                    &format!("{} {padding}", word(&id)),
                ))
            })
            .collect()
    }

    fn long_line(&mut self, kib: u8) -> String {
        let id = self.new_id();
        let padding = "and on it goes ".repeat(usize::from(kib) * 1024 / 15);
        line(&prompt(
            &self.name,
            &id,
            &format!("{} {padding}", word(&id)),
        ))
    }

    /// All ids of an agent have the same length, so that a line can change in place.
    fn new_id(&mut self) -> String {
        let id = format!("{}-{:06}", self.name, self.written.len());
        self.written.insert(id.clone());
        id
    }

    fn append(&self, index: usize, text: &str) {
        let path = &self.files[index].path;
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .expect("opened");
        file.write_all(text.as_bytes()).expect("appended");
    }

    fn cut_off(&mut self, index: usize, len: usize) {
        if let Ok(file) = OpenOptions::new().write(true).open(&self.files[index].path) {
            file.set_len(len as u64).expect("cut off");
        }
        // Finished behind other words, a line begun could become a whole one nobody wrote.
        self.files[index].rest.clear();
    }

    fn edit(&mut self, index: usize, start: usize, line: &[u8]) {
        let Some(old) = id_of(line) else { return };
        let new = self.new_id();
        let text = std::str::from_utf8(line).expect("UTF-8");
        let changed = text.replace(&old, &new).replace(&word(&old), &word(&new));
        assert_eq!(changed.len(), text.len(), "the same length");
        let path = &self.files[index].path;
        let file = OpenOptions::new().write(true).open(path).expect("opened");
        file.write_all_at(changed.as_bytes(), start as u64)
            .expect("edited");
    }

    fn put_in_place(&mut self, index: usize, content: &[u8]) {
        let temporary = self.folder.join(format!("{}.saving.tmp", self.name));
        fs::write(&temporary, content).expect("written");
        fs::rename(&temporary, &self.files[index].path).expect("put in place");
        self.files[index].rest.clear();
    }

    /// The new file is a session's of its own in every other case, otherwise a subagent's.
    fn move_on(&mut self, index: usize) {
        let number = self.left.len();
        let folder = if number.is_multiple_of(2) {
            self.folder
                .with_file_name(format!("{}-new-{number}", self.name))
        } else {
            self.folder.join(format!("session-{number}/subagents"))
        };
        let path = folder.join(format!("agent-{}-{number}.jsonl", self.name));
        if path.exists() {
            return;
        }
        fs::create_dir_all(&folder).expect("made");
        let file = &mut self.files[index];
        self.left.push(std::mem::replace(&mut file.path, path));
        file.rest.clear();
        let lines = self.new_lines(2);
        self.append(index, &lines);
    }

    fn rename(&mut self, index: usize) {
        let to = self.folder.join(format!(
            "{}-renamed-{}.jsonl",
            self.name,
            self.written.len()
        ));
        if !to.exists() && fs::rename(&self.files[index].path, &to).is_ok() {
            self.files[index].path = to;
        }
    }
}

/// The word that only the record `id` says.
pub fn word(id: &str) -> String {
    format!("word{}", id.replace('-', "x"))
}

/// The ids of the whole records in a file, also of a last one that lacks its newline.
pub fn ids_in(content: &[u8]) -> BTreeSet<String> {
    content
        .split(|byte| *byte == b'\n')
        .filter_map(id_of)
        .collect()
}

fn id_of(line: &[u8]) -> Option<String> {
    let record: serde_json::Value = serde_json::from_slice(line).ok()?;
    Some(record["uuid"].as_str()?.to_owned())
}

/// The complete line that holds this place of the file, with its newline.
fn line_at(content: &[u8], place: u16) -> Option<(usize, usize)> {
    let complete = complete_len(content);
    let at = (complete * usize::from(place) / 1000).min(complete.checked_sub(1)?);
    let start = complete_len(&content[..at]);
    let end = start + content[start..].iter().position(|byte| *byte == b'\n')? + 1;
    Some((start, end))
}
