//! Files written line by line: a new one each day and when one is full; the oldest are removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::paths::private_folder;

/// Bytes of one file.
const LARGEST: u64 = 10 << 20;
/// Files kept.
const MOST: usize = 14;

/// The files of a log, named by day and number so that their names are in order:
/// `scrollback-2026-11-23-0001.log`.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    largest: u64,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    day: String,
    len: u64,
}

impl Files {
    /// Files in `folder`, which is made with the first line.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            largest: LARGEST,
            open: None,
        }
    }

    fn write_on(&mut self, day: &str, line: &[u8]) -> io::Result<()> {
        let len = line.len() as u64;
        let mut open = match self.open.take() {
            Some(open) if open.day == day && open.len + len <= self.largest => open,
            _ => self.next(day, len)?,
        };
        open.file.write_all(line)?;
        open.len += len;
        // After a failure the file is opened anew, and a line cut off is ended.
        self.open = Some(open);
        Ok(())
    }

    /// The file for `len` further bytes: the last one of the day while it has room.
    fn next(&self, day: &str, len: u64) -> io::Result<Open> {
        if self.folder.parent().is_some_and(Path::is_dir) {
            private_folder(&self.folder)?;
        }
        let names = self.names()?;
        let number = |name: &String| -> Option<u32> {
            let rest = name.strip_prefix("scrollback-")?.strip_prefix(day)?;
            rest.strip_prefix('-')?.strip_suffix(".log")?.parse().ok()
        };
        let last = names.iter().filter_map(number).max().unwrap_or(0).max(1);
        let mut open = self.open(day, last)?;
        if open.len > 0 && open.len + len > self.largest {
            open = self.open(day, last + 1)?;
        }
        self.remove_oldest()?;
        Ok(open)
    }

    fn open(&self, day: &str, number: u32) -> io::Result<Open> {
        let path = self
            .folder
            .join(format!("scrollback-{day}-{number:04}.log"));
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut len = file.seek(SeekFrom::End(0))?;
        let mut last = [b'\n'];
        if len > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        if last != [b'\n'] {
            // A full disk or a kill cut the last line off; the next one is not part of it.
            file.write_all(b"\n")?;
            len += 1;
        }
        let day = day.to_owned();
        Ok(Open { file, day, len })
    }

    /// The files there are, the oldest first.
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with("scrollback-") && name.ends_with(".log") {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn remove_oldest(&self) -> io::Result<()> {
        let names = self.names()?;
        for name in &names[..names.len().saturating_sub(MOST)] {
            fs::remove_file(self.folder.join(name))?;
        }
        Ok(())
    }
}

/// Takes one line at a time, and never fails: a full disk must not stop the engine.
impl Write for Files {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let day = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        let _ = self.write_on(&day, line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Log {
        home: tempfile::TempDir,
        files: Files,
    }

    impl Log {
        /// A log in a new folder, in files of up to 100 bytes.
        fn new() -> Self {
            let home = tempfile::tempdir().expect("a temporary folder");
            let mut log = Self {
                files: Files::new(home.path().join("logs")),
                home,
            };
            log.restart();
            log
        }

        fn restart(&mut self) {
            self.files = Files::new(self.home.path().join("logs"));
            self.files.largest = 100;
        }

        fn write(&mut self, day: &str, line: &str) {
            self.files.write_on(day, line.as_bytes()).expect("written");
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.files.folder.join(name)).expect("read")
        }
    }

    #[test]
    fn each_day_has_its_file_and_a_restart_goes_on_with_it() {
        let mut log = Log::new();
        log.write("2026-01-01", "one\n");
        log.restart();
        log.write("2026-01-01", "two\n");
        log.write("2026-01-02", "three\n");
        assert_eq!(log.read("scrollback-2026-01-01-0001.log"), "one\ntwo\n");
        assert_eq!(log.read("scrollback-2026-01-02-0001.log"), "three\n");
    }

    #[test]
    fn a_full_file_is_followed_by_the_next_also_after_a_restart() {
        let mut log = Log::new();
        let line = format!("{}\n", "x".repeat(59));
        for _ in 0..2 {
            log.write("2026-01-01", &line);
            log.restart();
            log.write("2026-01-01", &line);
        }
        log.write("2026-01-01", "short\n");
        let names = log.files.names().expect("listed");
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(names[3], "scrollback-2026-01-01-0004.log");
        assert_eq!(log.read(&names[3]), format!("{line}short\n"));
    }

    #[test]
    fn the_newest_fourteen_are_kept_and_nothing_that_is_not_ours_goes() {
        let mut log = Log::new();
        log.write("2026-01-01", "first\n");
        fs::write(log.files.folder.join("notes.txt"), "mine").expect("written");
        for day in 2..=20 {
            log.write(&format!("2026-01-{day:02}"), "line\n");
        }
        let names = log.files.names().expect("listed");
        assert_eq!(names.len(), MOST);
        assert_eq!(names[0], "scrollback-2026-01-07-0001.log");
        assert_eq!(log.read("notes.txt"), "mine");
    }

    #[test]
    fn a_line_cut_off_is_ended_before_the_next() {
        let mut log = Log::new();
        log.write("2026-01-01", "{\"cut\":");
        log.restart();
        log.write("2026-01-01", "whole\n");
        let content = log.read("scrollback-2026-01-01-0001.log");
        assert_eq!(content, "{\"cut\":\nwhole\n");
    }

    #[test]
    fn a_log_that_cannot_be_written_is_no_error() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut files = Files::new(home.path().join("missing/logs"));
        files.write_all(b"line\n").expect("taken");
        assert!(
            !home.path().join("missing").exists(),
            "nothing is made for it"
        );
        fs::create_dir(home.path().join("missing")).expect("made");
        files.write_all(b"line\n").expect("taken");
        assert_eq!(files.names().expect("listed").len(), 1, "tried again");
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_files_are_their_owners() {
        use std::os::unix::fs::PermissionsExt as _;
        let mut log = Log::new();
        log.write("2026-01-01", "line\n");
        let mode = |path: &std::path::Path| {
            let meta = fs::metadata(path).expect("there");
            meta.permissions().mode() & 0o777
        };
        let file = log.files.folder.join("scrollback-2026-01-01-0001.log");
        assert_eq!((mode(&log.files.folder), mode(&file)), (0o700, 0o600));
    }
}
