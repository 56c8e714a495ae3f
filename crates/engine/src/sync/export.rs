//! What agents wrote, given back: a session record by record, or its files as they were.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{BufWriter, Read as _, Write};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::model::WrittenFile;
use crate::paths::{private, private_folder};
use crate::store::{Archived, Generation, Reader, SessionName};
use crate::sync::reading::{self, Stretch};
use crate::sync::sweep::{self, Place};
use crate::transcript::{Found, Shape};

/// Writes every record of a session once, one a line, as the bytes it was; in the order of its
/// transcripts, and in each as it stands there. Returns the bytes written.
pub fn session(reader: &Reader, places: &[Place], number: i64, out: &mut dyn Write) -> Result<u64> {
    let fail = |e: rusqlite::Error| reader.explain(&e);
    let name = reader.session_name(number).map_err(fail)?;
    let mut writing = Writing {
        name,
        out,
        written: 0,
        messages: HashSet::new(),
        others: HashSet::new(),
    };
    let _snapshot = reader.snapshot().map_err(fail)?;
    for archived in reader.cursors_of_session(number).map_err(fail)? {
        let found = sweep::recognise_anywhere(places, Some(&archived.agent), &archived.path);
        // What stands beside a conversation is no line of it.
        let Some(found) = found.filter(|found| found.origin.shape == Shape::Lines) else {
            continue;
        };
        writing.transcript(reader, places, &archived, &found)?;
    }
    Ok(writing.written)
}

struct Writing<'o> {
    name: SessionName,
    out: &'o mut dyn Write,
    written: u64,
    /// Bodies of messages that are written.
    messages: HashSet<(String, u64)>,
    /// Other records of transcripts that are written: in one file a record may well stand twice.
    others: HashSet<[u8; 16]>,
}

impl Writing<'_> {
    fn transcript(
        &mut self,
        reader: &Reader,
        places: &[Place],
        archived: &Archived,
        found: &Found,
    ) -> Result<()> {
        let mut here = BTreeSet::new();
        let is_own =
            found.origin.session == self.name.base && found.origin.under == self.name.under;
        reading::read_all(reader, places, archived, &mut |stretch| {
            self.stretch(stretch, is_own, &mut here)
        })?;
        self.others.extend(here);
        Ok(())
    }

    /// `is_own`: the transcript is named after the session, so what names none is of it.
    fn stretch(
        &mut self,
        stretch: &Stretch,
        is_own: bool,
        here: &mut BTreeSet<[u8; 16]>,
    ) -> Result<()> {
        let plan = &stretch.plan;
        for record in &plan.records {
            let is_of_it = match record.session {
                Some(session) => plan.sessions[session].name == self.name,
                None => is_own,
            };
            let start = (record.span.offset - stretch.from) as usize;
            let bytes = &stretch.bytes[start..start + record.span.len as usize];
            let message = record.message.map(|index| &plan.messages[index].message);
            let message = message.map(|message| (message.key.clone(), message.body_hash));
            if is_of_it {
                self.record(bytes, message, here)?;
            }
        }
        let waiting = stretch.waiting.as_deref().unwrap_or_default();
        let mut said = plan.waiting.iter().map(|index| &plan.messages[*index]);
        let is_of_it = match plan.waiting.is_empty() {
            true => is_own,
            false => said.any(|said| plan.sessions[said.session].name == self.name),
        };
        if !waiting.is_empty() && is_of_it {
            let first = plan
                .waiting
                .first()
                .map(|index| &plan.messages[*index].message);
            let first = first.map(|message| (message.key.clone(), message.body_hash));
            self.record(waiting, first, here)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        bytes: &[u8],
        message: Option<(String, u64)>,
        here: &mut BTreeSet<[u8; 16]>,
    ) -> Result<()> {
        let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let is_new = match message {
            Some(message) => self.messages.insert(message),
            None => {
                let mut print = [0; 16];
                print.copy_from_slice(&blake3::hash(line.trim_ascii()).as_bytes()[..16]);
                here.insert(print);
                !self.others.contains(&print)
            }
        };
        if is_new {
            self.out.write_all(line).map_err(Error::output)?;
            self.out.write_all(b"\n").map_err(Error::output)?;
            self.written += line.len() as u64 + 1;
        }
        Ok(())
    }
}

/// Writes the files of a session into the new folder `to`, as they were: below what all their paths
/// begin with, each as it stands now, and beside it what it was before it was rewritten.
pub fn transcripts(reader: &Reader, number: i64, to: &Path) -> Result<Vec<WrittenFile>> {
    let fail = |e: rusqlite::Error| reader.explain(&e);
    let _snapshot = reader.snapshot().map_err(fail)?;
    let known = reader.generations_of_session(number).map_err(fail)?;
    let begin = common_folder(known.iter().map(|(path, _)| path.as_path()));
    if to.symlink_metadata().is_ok() {
        let message = format!("{} exists already, and is left as it is", to.display());
        return Err(Error::new(Kind::Io, message)
            .with_remedy("name a new folder, or remove this one first"));
    }
    // Made for its owner's eyes.
    private_folder(to).map_err(|e| Error::io("create", to, e))?;
    let mut files = Vec::new();
    for (path, generations) in known {
        // Never out of the folder, whatever the path is.
        let parts = path.strip_prefix(&begin).unwrap_or(&path).components();
        let below: PathBuf = parts
            .filter(|part| matches!(part, Component::Normal(_)))
            .collect();
        // The newest first: each earlier one shares its beginning with the next.
        let mut next: Option<PathBuf> = None;
        for (age, generation) in generations.iter().enumerate() {
            let file = to.join(match age {
                0 => below.clone(),
                _ => earlier(&below, age),
            });
            files.push(WrittenFile {
                bytes: write_file(reader, &file, generation, next.as_deref())?,
                path: file.display().to_string(),
                is_earlier: age > 0,
            });
            next = Some(file);
        }
    }
    Ok(files)
}

/// Writes what a file was in one generation; `next` is what it was in the one after. Returns its bytes.
fn write_file(
    reader: &Reader,
    file: &Path,
    generation: &Generation,
    next: Option<&Path>,
) -> Result<u64> {
    let fail = |e: std::io::Error| Error::io("write", file, e);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(fail)?;
    private(file)?;
    if let Some(next) = next {
        let shared = fs::File::open(next).map_err(fail)?;
        std::io::copy(&mut shared.take(generation.start), &mut out).map_err(fail)?;
    }
    let mut out = BufWriter::new(out);
    reader.unpack_all(generation.cursor, &mut out)?;
    if next.is_none() {
        let waiting = reader
            .pending(generation.cursor)
            .map_err(|e| reader.explain(&e))?;
        out.write_all(&waiting.unwrap_or_default()).map_err(fail)?;
    }
    let out = out.into_inner().map_err(|e| fail(e.into_error()))?;
    out.sync_all().map_err(fail)?;
    out.metadata().map(|meta| meta.len()).map_err(fail)
}

/// The name of what a file was before it was rewritten for the last time (1), the time before (2), …
fn earlier(path: &Path, age: usize) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".earlier-{age}"));
    path.with_file_name(name)
}

/// The folder that all of the paths lie in.
fn common_folder<'p>(paths: impl Iterator<Item = &'p Path>) -> PathBuf {
    let folders = paths.map(|path| path.parent().unwrap_or(path).to_owned());
    folders
        .reduce(|one, other| {
            let shared = one.components().zip(other.components());
            shared
                .take_while(|(a, b)| a == b)
                .map(|(part, _)| part)
                .collect()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_below_what_they_share() {
        let paths = ["/h/p/a.jsonl", "/h/p/a/subagents/b.jsonl"].map(PathBuf::from);
        let shared = common_folder(paths.iter().map(PathBuf::as_path));
        assert_eq!(shared, Path::new("/h/p"));
        assert_eq!(
            earlier(Path::new("x/a.jsonl"), 2),
            Path::new("x/a.jsonl.earlier-2")
        );
    }
}
