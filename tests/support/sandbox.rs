//! A temporary home with a source and a data folder: real files, a real database.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags};
use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::error::Result;
use scrollback_engine::model::{RejectRow, SyncReport, VerifyReport};
use scrollback_engine::paths::DataDir;
use scrollback_engine::stop::Stop;
use scrollback_engine::store::Reader;
use scrollback_engine::transcript::Source;

/// A home of one's own, gone with the test.
pub struct Sandbox {
    home: tempfile::TempDir,
    claude: PathBuf,
}

impl Sandbox {
    /// A home in which Claude Code has run, but written nothing yet.
    pub fn new() -> Self {
        let sandbox = Self::bare();
        fs::create_dir_all(sandbox.projects()).expect("a folder for projects");
        sandbox
    }

    /// A home without Claude Code.
    pub fn bare() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let claude = home.path().join(".claude");
        Self { home, claude }
    }

    /// A home that reads what lies in `claude`, which is never written to.
    pub fn reading(claude: &Path) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let claude = claude.to_owned();
        Self { home, claude }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The agent's folder.
    pub fn claude(&self) -> &Path {
        &self.claude
    }

    /// Where transcripts lie.
    pub fn projects(&self) -> PathBuf {
        self.claude.join("projects")
    }

    /// Where our own files lie.
    pub fn data(&self) -> DataDir {
        DataDir::new(self.home().join("data"))
    }

    // What the agent does. Names are below `projects/`.

    pub fn path(&self, name: &str) -> PathBuf {
        self.projects().join(name)
    }

    /// Writes a transcript as a whole, making its folders.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, content).expect("written");
        path
    }

    /// Adds to the end of a transcript, as the agent does.
    pub fn append(&self, name: &str, content: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new()
            .append(true)
            .open(self.path(name))
            .expect("opened");
        file.write_all(content.as_ref()).expect("appended");
    }

    /// Puts another file in a transcript's place, as an editor saves.
    pub fn replace(&self, name: &str, content: impl AsRef<[u8]>) {
        let temporary = self.projects().join(".saving.tmp");
        fs::write(&temporary, content).expect("written");
        fs::rename(&temporary, self.path(name)).expect("put in place");
    }

    /// Cuts a transcript off after `len` bytes.
    pub fn truncate(&self, name: &str, len: usize) {
        let file = OpenOptions::new()
            .write(true)
            .open(self.path(name))
            .expect("opened");
        file.set_len(len as u64).expect("cut off");
    }

    /// Writes over what stands at `offset`, in place.
    pub fn overwrite(&self, name: &str, offset: usize, content: impl AsRef<[u8]>) {
        use std::os::unix::fs::FileExt as _;
        let file = OpenOptions::new()
            .write(true)
            .open(self.path(name))
            .expect("opened");
        file.write_all_at(content.as_ref(), offset as u64)
            .expect("written over");
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).expect("renamed");
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("removed");
    }

    pub fn content(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("read")
    }

    // What we do.

    pub fn engine(&self) -> Engine {
        let source = Source {
            agent: "claude-code".into(),
            root: self.claude.clone(),
        };
        Engine::new(Config::new(self.data().path(), vec![Arc::new(source)]))
    }

    pub fn try_sync(&self) -> Result<SyncReport> {
        self.engine().sync(&Stop::default(), &mut |_| {})
    }

    /// One pass, as `scrollback sync` makes it.
    pub fn sync(&self) -> SyncReport {
        self.try_sync().expect("synced")
    }

    pub fn verify(&self) -> VerifyReport {
        self.engine().verify(true).expect("verified")
    }

    /// A transcript as the archive gives it back.
    pub fn export(&self, path: &Path) -> Vec<u8> {
        let mut out = Vec::new();
        let what = path.to_str().expect("a path in UTF-8");
        self.engine()
            .export_jsonl(what, &mut out)
            .expect("exported");
        out
    }

    // What is stored.

    pub fn database(&self) -> Connection {
        let path = self.data().database();
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database")
    }

    /// The first column of every row.
    pub fn ask<T: FromSql>(&self, sql: &str) -> Vec<T> {
        let database = self.database();
        let mut statement = database.prepare(sql).expect("a query");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.map(|row| row.expect("a row")).collect()
    }

    /// The only value of the only row.
    pub fn ask_one<T: FromSql>(&self, sql: &str) -> T {
        let mut all = self.ask(sql);
        assert_eq!(all.len(), 1, "rows of {sql}");
        all.pop().expect("one row")
    }

    /// The ids of all messages, in order.
    /// The ids of the messages, without those that stand for bytes that are no record.
    pub fn message_ids(&self) -> Vec<String> {
        let mut ids = self.ask("SELECT id FROM messages WHERE type <> 'unreadable'");
        ids.sort_by_key(|id: &String| (id.len(), id.clone()));
        ids
    }

    pub fn rejects(&self) -> Vec<RejectRow> {
        self.verify().rejects
    }

    /// What the agent rewrote or cut off, as it was, the oldest first.
    pub fn set_aside(&self) -> Vec<String> {
        let reader = Reader::open(&self.data()).expect("opened").expect("there");
        let mut generations = reader.set_aside().expect("listed");
        generations.sort_by_key(|(_, cursor, ..)| *cursor);
        let unpack = |cursor| {
            let mut bytes = Vec::new();
            reader.unpack_all(cursor, &mut bytes).expect("unpacked");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        generations
            .into_iter()
            .map(|(_, cursor, ..)| unpack(cursor))
            .collect()
    }

    /// Messages that a search for `word` finds.
    pub fn search(&self, word: &str) -> Vec<String> {
        let found = self
            .engine()
            .search(word, 50, scrollback_engine::model::Sort::Best)
            .expect("searched");
        found.hits.into_iter().map(|hit| hit.message_id).collect()
    }

    /// The promise: nothing is missing, every byte is accounted for, and the archive gives back
    /// every file as it stands on disk, up to its last newline.
    pub fn assert_whole(&self) {
        let report = self.verify();
        assert!(report.gaps.is_empty(), "{:#?}", report.gaps);
        self.assert_spans_tile();
        self.assert_exports_equal_files();
    }

    /// Records tile every generation of every transcript, from its first byte to its last.
    pub fn assert_spans_tile(&self) {
        let gaps = self.spans_that_do_not_tile();
        assert!(gaps.is_empty(), "{gaps:#?}");
    }

    /// Where they do not.
    pub fn spans_that_do_not_tile(&self) -> Vec<String> {
        let database = self.database();
        let mut cursors = database
            .prepare("SELECT id, start, offset FROM cursor")
            .expect("a query");
        let mut spans = database
            .prepare("SELECT offset, len FROM record WHERE cursor_id = ?1 ORDER BY offset")
            .expect("a query");
        let cursors = cursors
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .expect("cursors");
        let mut gaps = Vec::new();
        for cursor in cursors {
            let (id, start, end): (i64, i64, i64) = cursor.expect("a cursor");
            let mut at = start;
            let rows = spans
                .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .expect("spans");
            for span in rows {
                let (offset, len): (i64, i64) = span.expect("a span");
                if offset != at || len <= 0 {
                    gaps.push(format!("cursor {id}: {len} bytes at {offset}, not at {at}"));
                }
                at = offset + len;
            }
            if at != end {
                gaps.push(format!("cursor {id}: ends at {at}, not at {end}"));
            }
        }
        gaps
    }

    fn assert_exports_equal_files(&self) {
        for path in self.transcript_paths() {
            let Ok(expected) = fs::read(&path) else {
                continue;
            };
            let exported = self.export(&path);
            // A last line that was written a moment ago may not be kept yet.
            let same = exported == expected || exported == expected[..complete_len(&expected)];
            assert!(same, "{} differs from its export", path.display());
        }
    }

    /// Every transcript known, whether its file is still there or not.
    pub fn transcript_paths(&self) -> Vec<PathBuf> {
        use std::os::unix::ffi::OsStringExt as _;
        let bytes: Vec<Vec<u8>> = self.ask("SELECT path FROM transcript ORDER BY path");
        let path = |bytes| PathBuf::from(std::ffi::OsString::from_vec(bytes));
        bytes.into_iter().map(path).collect()
    }

    /// SQLite finds nothing wrong with any of our files.
    pub fn assert_sound(&self) {
        let index = fs::read_dir(self.data().index_dir()).expect("an index folder");
        let shards = index.map(|entry| entry.expect("an entry").path());
        let is_database = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "db");
        for file in shards.filter(is_database).chain([self.data().database()]) {
            let said: String = Connection::open(&file)
                .and_then(|db| db.query_row("PRAGMA integrity_check", [], |row| row.get(0)))
                .expect("checked");
            assert_eq!(said, "ok", "{}", file.display());
        }
    }

    /// The bytes of all our own files but the lock, which says who ran last.
    pub fn data_files(&self) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
        let mut files = std::collections::BTreeMap::new();
        let mut folders = vec![self.data().path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("listed") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() && path != self.data().lock() {
                    let bytes = fs::read(&path).expect("read");
                    files.insert(path, bytes);
                }
            }
        }
        files
    }
}

/// Bytes up to the last newline.
pub fn complete_len(content: &[u8]) -> usize {
    content
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1)
}
