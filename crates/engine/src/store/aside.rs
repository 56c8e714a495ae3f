//! Sets a damaged database aside and puts a recovered one in its place, so that a crash anywhere
//! in between is found, and gone on with, by the next start.
//!
//! ```text
//! recovering/scrollback.db*        moved here as they were: the log first, the database last
//! recovering/new/scrollback.db     the new one, until it is complete
//! corrupt-<time>/                  what `recovering/` is called once the new one is in its place
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use super::explain::RECOVER;
use super::files::{beside, has_past, sync_file, sync_folder};
use super::identity;
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;

/// The files of a database that belong together; the database itself is the last to be moved.
const TAILS: [&str; 3] = ["-shm", "-wal", ""];

/// A damaged database on its way aside. The caller holds the engine's lock.
#[derive(Debug)]
pub struct Aside {
    dir: DataDir,
    folder: PathBuf,
}

impl Aside {
    /// Moves the database with its log, or goes on where an earlier start was cut off. The words
    /// index goes: its entries mean rows of the old database.
    pub fn begin(dir: &DataDir) -> Result<Self> {
        let aside = Self {
            dir: dir.clone(),
            folder: dir.recovering(),
        };
        let has_moved = aside.new_dir().path().exists();
        DataDir::new(&aside.folder).create()?;
        if !has_moved || aside.is_new_unplaced() {
            let to = aside.free_name();
            for tail in TAILS {
                move_to(&beside(&dir.database(), tail), &beside(&to, tail))?;
            }
            let index = dir.index_dir();
            if index.exists() {
                fs::remove_dir_all(&index).map_err(|e| Error::io("remove", &index, e))?;
            }
        }
        Ok(aside)
    }

    /// Whether an earlier start put the new database in its place and came no further.
    pub fn is_placed(&self) -> bool {
        self.new_dir().path().exists() && !self.is_new_unplaced() && self.dir.database().exists()
    }

    fn is_new_unplaced(&self) -> bool {
        self.new_dir().database().exists()
    }

    /// Every database that was moved here: the last one first. There are several where somebody put one back while
    /// a recovery had not come to its end.
    pub fn databases(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut found: Vec<(u32, PathBuf)> = entries
            .map(|entry| entry.path())
            .filter_map(|path| Some((self.number_of(&path)?, path)))
            .collect();
        found.sort();
        found.into_iter().rev().map(|(_, path)| path).collect()
    }

    /// What the database with this number is called here.
    fn name(&self, number: u32) -> PathBuf {
        let first = DataDir::new(&self.folder).database();
        match number {
            1 => first,
            _ => {
                let mut other = std::ffi::OsString::from(format!("{number}-"));
                other.push(first.file_name().unwrap_or_default());
                first.with_file_name(other)
            }
        }
    }

    fn number_of(&self, path: &Path) -> Option<u32> {
        let name = path.file_name()?.to_str()?;
        let number = match name.split_once('-') {
            Some((number, _)) => number.parse().ok()?,
            None => 1,
        };
        (self.name(number) == path).then_some(number)
    }

    /// The name of the next database, or of the one whose log was moved before an earlier start was cut off.
    fn free_name(&self) -> PathBuf {
        let has_log = |database: &Path| beside(database, "-wal").exists();
        let is_free = |name: &Path| {
            let is_of_other = has_log(name) && has_log(&self.dir.database());
            !name.exists() && !is_of_other
        };
        let mut number = 1;
        while !is_free(&self.name(number)) {
            number += 1;
        }
        self.name(number)
    }

    /// An empty folder for the new database and whatever else making it takes.
    pub fn make_room(&self) -> Result<DataDir> {
        let room = self.new_dir();
        if room.path().exists() {
            fs::remove_dir_all(room.path()).map_err(|e| Error::io("remove", room.path(), e))?;
        }
        room.create()?;
        Ok(room)
    }

    fn new_dir(&self) -> DataDir {
        DataDir::new(self.folder.join("new"))
    }

    /// Puts the complete new database in its place, and the damaged one into the folder `kept` for
    /// good.
    pub fn finish(self, kept: &Path) -> Result<()> {
        let new = self.new_dir();
        if !self.is_placed() {
            let (from, to) = (new.database(), self.dir.database());
            let log = beside(&from, "-wal");
            if fs::metadata(&log).is_ok_and(|meta| meta.len() > 0) {
                let what = format!("{} is not whole without {}", from.display(), log.display());
                return Err(Error::new(Kind::Io, what).with_remedy("start again; nothing was lost"));
            }
            sync_file(&from)?;
            fs::rename(&from, &to).map_err(|e| Error::io("put in place", &to, e))?;
        }
        fs::rename(&self.folder, kept).map_err(|e| Error::io("name", kept, e))?;
        sync_folder(self.dir.path());
        // What is left of making it; the new database does not need it.
        let _ = fs::remove_dir_all(kept.join("new"));
        Ok(())
    }
}

/// An error where the database is gone, or empty, although there was one, where a recovery was cut off, or where
/// its header makes no sense. A first run is none of these.
pub fn check(dir: &DataDir) -> Result<()> {
    let database = dir.database();
    let place = database.display();
    let lost = |what: String| Err(Error::new(Kind::Damaged, what).with_remedy(RECOVER));
    if dir.recovering().exists() {
        return lost(format!("the recovery of {place} has not come to its end"));
    }
    let is_there = fs::metadata(&database).is_ok_and(|meta| meta.len() > 0);
    if !is_there && has_past(dir) {
        let what = if database.exists() { "empty" } else { "gone" };
        return lost(format!("{place} is {what}, but there was one before"));
    }
    identity::check_header(&database)
}

/// Moves a file, if it is there and its new name is free.
fn move_to(file: &Path, to: &Path) -> Result<()> {
    // Shared memory is worth nothing without those who shared it.
    let is_worthless = file.to_string_lossy().ends_with("-shm");
    if file.exists() && to.exists() && !is_worthless {
        let what = format!(
            "{} cannot be set aside: {} is there",
            file.display(),
            to.display()
        );
        return Err(Error::new(Kind::Io, what).with_remedy("move that file away and start again"));
    }
    match fs::rename(file, to) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("set aside", file, e)
            .with_remedy("close other programs that use it and start again")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, DataDir) {
        let home = tempfile::tempdir().expect("a temporary folder");
        let dir = DataDir::new(home.path().join("data"));
        dir.create().expect("made");
        (home, dir)
    }

    fn write(path: PathBuf, text: &str) {
        fs::write(path, text).expect("written");
    }

    /// As it is after `begin`: everything is aside.
    fn begun() -> (tempfile::TempDir, DataDir, Aside) {
        let (home, dir) = home();
        write(dir.database(), "old");
        write(beside(&dir.database(), "-wal"), "log");
        let aside = Aside::begin(&dir).expect("begun");
        (home, dir, aside)
    }

    fn kept(dir: &DataDir, name: &str) -> String {
        let folders = dir.all_set_aside();
        let [folder] = &folders[..] else {
            panic!("one folder: {folders:?}");
        };
        fs::read_to_string(folder.join(name)).expect("kept")
    }

    #[test]
    fn a_first_run_is_no_loss_and_a_gone_database_is() {
        let (_home, dir) = home();
        check(&dir).expect("a first run");
        write(dir.database(), "");
        check(&dir).expect("a first run that was killed");
        fs::create_dir(dir.index_dir()).expect("made");
        assert_eq!(check(&dir).expect_err("empty").kind(), Kind::Damaged);
        fs::remove_file(dir.database()).expect("removed");
        assert_eq!(check(&dir).expect_err("gone").kind(), Kind::Damaged);
        write(dir.database(), "something");
        check(&dir).expect("there");
    }

    #[test]
    fn the_new_one_comes_into_place_and_the_old_one_is_kept() {
        let (_home, dir, aside) = begun();
        assert!(!dir.database().exists() && check(&dir).is_err());
        let room = aside.make_room().expect("room");
        write(room.database(), "new");
        let folder = dir.set_aside("now");
        aside.finish(&folder).expect("finished");
        check(&dir).expect("all is well");
        assert_eq!(fs::read_to_string(dir.database()).expect("read"), "new");
        assert_eq!(kept(&dir, "scrollback.db"), "old");
        assert_eq!(kept(&dir, "scrollback.db-wal"), "log");
        assert!(!folder.join("new").exists());
    }

    #[test]
    fn cut_off_while_moving_it_moves_the_rest() {
        let (_home, dir) = home();
        write(dir.database(), "old");
        DataDir::new(dir.recovering()).create().expect("made");
        write(dir.recovering().join("scrollback.db-wal"), "log");
        assert!(check(&dir).is_err());
        let aside = Aside::begin(&dir).expect("begun again");
        assert!(!aside.is_placed() && !dir.database().exists());
        let [database] = &aside.databases()[..] else {
            panic!("one database");
        };
        assert_eq!(fs::read_to_string(database).expect("read"), "old");
    }

    #[test]
    fn one_that_was_put_back_by_hand_is_asked_first() {
        let (_home, dir, aside) = begun();
        write(aside.make_room().expect("room").database(), "half");
        drop(aside);
        write(dir.database(), "put back");
        write(beside(&dir.database(), "-wal"), "its log");
        let aside = Aside::begin(&dir).expect("begun again");
        let read = |path: &PathBuf| fs::read_to_string(path).expect("read");
        let all = aside.databases();
        assert_eq!(
            all.iter().map(read).collect::<Vec<_>>(),
            ["put back", "old"]
        );
        assert_eq!(read(&beside(&all[0], "-wal")), "its log");
        assert_eq!(read(&beside(&all[1], "-wal")), "log");
    }

    #[test]
    fn half_a_new_one_does_not_come_into_place() {
        let (_home, dir, aside) = begun();
        let room = aside.make_room().expect("room");
        write(room.database(), "half");
        write(beside(&room.database(), "-wal"), "the rest");
        aside.finish(&dir.set_aside("now")).expect_err("refused");
        assert!(!dir.database().exists() && check(&dir).is_err());
    }

    #[test]
    fn cut_off_while_making_the_new_one_it_is_made_again() {
        let (_home, dir, aside) = begun();
        write(aside.make_room().expect("room").database(), "half");
        drop(aside);
        let aside = Aside::begin(&dir).expect("begun again");
        assert!(!aside.is_placed());
        let room = aside.make_room().expect("room");
        assert!(!room.database().exists(), "nothing is left of the half one");
        write(room.database(), "new");
        aside.finish(&dir.set_aside("now")).expect("finished");
        assert_eq!(kept(&dir, "scrollback.db"), "old");
    }

    #[test]
    fn cut_off_after_the_new_one_came_into_place_only_the_name_is_missing() {
        let (_home, dir, aside) = begun();
        let room = aside.make_room().expect("room");
        write(room.database(), "new");
        fs::rename(room.database(), dir.database()).expect("in place");
        drop(aside);
        assert!(check(&dir).is_err(), "it is gone on with");
        let aside = Aside::begin(&dir).expect("begun again");
        assert!(aside.is_placed());
        aside.finish(&dir.set_aside("now")).expect("finished");
        assert_eq!(fs::read_to_string(dir.database()).expect("read"), "new");
        assert_eq!(kept(&dir, "scrollback.db"), "old");
    }
}
