//! A damaged database is set aside, and a new one is made of what it still gives and what backups
//! give beyond that. Not rows are copied but the archived bytes, each proved by its hash; every row
//! is derived from them anew, the way of a line read from a file.

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};
use crate::model::{Amount, FromBackup, Holdings, Lost, Progress, Recovery};
use crate::paths::{DataDir, private};
use crate::stop::Stop;
use crate::store::backup::{self, Backup};
use crate::store::{self, Aside, Patience, Remains, Salvage, Store, file_time, iso};
use crate::sync::backlog;
use crate::sync::execute::{Change, execute};
use crate::sync::links;
use crate::sync::sweep::{self, Place};
use crate::sync::tail::{Finding, Tail};
use crate::sync::work::{Job, change};
use crate::transcript::{Context, Cursor, Found, Shape};

/// How long a locked database is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// An error where the database must not be moved: it is not ours, of a later version, or held by someone.
pub fn check(dir: &DataDir) -> Result<()> {
    match store::check_place(dir) {
        Err(error) if error.kind() != Kind::Damaged => Err(error),
        _ => Ok(()),
    }
}

/// Sets the damaged database aside and recovers what can be. `reason` says what is wrong with it.
/// A recovery that was cut off is gone on with. The caller holds the engine's lock, and has asked [`check`].
pub fn recover(
    dir: &DataDir,
    places: &[Place],
    reason: &str,
    stop: &Stop,
    report: &mut dyn FnMut(Progress),
) -> Result<Recovery> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let kept = dir.set_aside(&file_time(now_ms));
    let aside = Aside::begin(dir)?;
    if aside.is_placed() {
        aside.finish(&kept)?;
        return readdress(dir, &kept, stop);
    }
    let room = aside.make_room()?;
    let rebuild = Rebuild {
        store: Store::open(&room)?,
        witnesses: witnesses(dir, &aside, &room)?,
        places,
        file: room.path().join("transcript"),
        stop,
        recovery: Recovery {
            at: iso(now_ms),
            reason: reason.to_owned(),
            set_aside: kept.display().to_string(),
            ..Recovery::default()
        },
    };
    let (store, recovery) = rebuild.run(report)?;
    store.close_proved()?;
    aside.finish(&kept)?;
    Ok(recovery)
}

/// The account of a recovery of which only the last step was missing.
fn readdress(dir: &DataDir, kept: &Path, stop: &Stop) -> Result<Recovery> {
    let mut store = Store::open(dir)?;
    let recovery = store.recovery().map_err(|e| store.explain(&e))?;
    let recovery = Recovery {
        set_aside: kept.display().to_string(),
        ..recovery.unwrap_or_default()
    };
    store.transact(&mut Patience::new(stop, Some(PATIENCE)), |store| {
        store.remember_recovery(&recovery)
    })?;
    if let Err(error) = store.checkpoint() {
        tracing::warn!(%error, "the account of the recovery stays in the log beside the database");
    }
    Ok(recovery)
}

/// A database that can be asked what a transcript held.
struct Witness {
    salvage: Salvage,
    /// Databases of one id number the generations of a transcript alike.
    store_id: Option<String>,
    /// The backup it is; `None` for a database that was set aside.
    backup: Option<Backup>,
    /// What it gave.
    gave: Amount,
}

/// The damaged database, then the backups, the newest first; those that give anything.
fn witnesses(dir: &DataDir, aside: &Aside, room: &DataDir) -> Result<Vec<Witness>> {
    let mut damaged = Vec::new();
    for database in aside.databases() {
        damaged.extend(Salvage::of_damaged(&database, room)?.map(|salvage| (salvage, None)));
    }
    let backups = backup::all(dir)
        .into_iter()
        .filter_map(|backup| Some((Salvage::of_backup(&backup.path)?, Some(backup))));
    let witness = |(salvage, backup): (Salvage, Option<Backup>)| Witness {
        store_id: salvage.store_id(),
        salvage,
        backup,
        gave: Amount::default(),
    };
    Ok(damaged.into_iter().chain(backups).map(witness).collect())
}

/// What one database knows of a transcript: the number of the witness, and its word.
type Word = (usize, Remains);

/// A new database in the making.
struct Rebuild<'a> {
    store: Store,
    witnesses: Vec<Witness>,
    places: &'a [Place],
    /// Where the bytes of one transcript are put together, to be read like any file.
    file: PathBuf,
    stop: &'a Stop,
    recovery: Recovery,
}

impl Rebuild<'_> {
    fn run(mut self, report: &mut dyn FnMut(Progress)) -> Result<(Store, Recovery)> {
        self.recovery.before = self.before();
        let transcripts = self.transcripts();
        let mut progress = Progress {
            files_total: transcripts.len() as u64,
            bytes_total: transcripts.iter().map(|words| held(&words[0].1)).sum(),
            ..Progress::default()
        };
        let mut reported = Instant::now();
        for words in transcripts {
            if reported.elapsed() >= PROGRESS_EVERY {
                reported = Instant::now();
                report(progress);
            }
            progress.files_done += 1;
            progress.bytes_done += held(&words[0].1);
            if self.stop.is_requested() {
                return Err(Error::new(Kind::Stopped, "the recovery was stopped")
                    .with_remedy("start again; nothing was lost"));
            }
            self.transcript(words)?;
            progress.messages = self.recovery.messages;
        }
        self.nameless();
        self.account()?;
        let Self {
            mut store,
            recovery,
            stop,
            ..
        } = self;
        store.transact(&mut Patience::new(stop, Some(PATIENCE)), |store| {
            store.remember_recovery(&recovery)
        })?;
        Ok((store, recovery))
    }

    /// What the damaged database held by its own word.
    fn before(&self) -> Option<Holdings> {
        let damaged = self.witnesses.first().filter(|w| w.backup.is_none())?;
        let all = damaged.salvage.transcripts();
        Some(Holdings {
            transcripts: all.len() as u64,
            bytes: all.iter().map(held).sum(),
            messages: damaged.salvage.messages(),
        })
    }

    /// Every transcript anybody knows, in the order they were first met: who was first keeps a
    /// message that several hold.
    fn transcripts(&self) -> Vec<Vec<Word>> {
        let mut all: Vec<Vec<Word>> = Vec::new();
        let mut places: HashMap<&Path, usize> = HashMap::new();
        for (number, witness) in self.witnesses.iter().enumerate() {
            for remains in witness.salvage.transcripts() {
                let place = *places.entry(&remains.path).or_insert(all.len());
                if place == all.len() {
                    all.push(Vec::new());
                }
                all[place].push((number, remains.clone()));
            }
        }
        all.sort_by_key(|words| words.iter().filter_map(|(_, r)| r.first_seen_ms).min());
        all
    }

    fn transcript(&mut self, words: Vec<Word>) -> Result<()> {
        let path = words[0].1.path.clone();
        let known: Vec<Remains> = words.iter().map(|(_, remains)| remains.clone()).collect();
        let words = self.agreeing(words)?;
        let Some(found) = self.found(&known) else {
            let bytes = known
                .iter()
                .filter_map(|r| r.generations.values().map(|g| g.end).max());
            self.lose(&path, bytes.max().unwrap_or(0), false);
            return Ok(());
        };
        let born_ns = known.iter().map(|r| r.born_ns).min().unwrap_or(i64::MAX);
        let mut before: Vec<u64> = self.witnesses.iter().map(|w| w.gave.bytes).collect();
        self.generations(&found, &words, born_ns)?;
        for (witness, before) in self.witnesses.iter_mut().zip(&mut before) {
            witness.gave.transcripts += u64::from(witness.gave.bytes > *before);
        }
        let first_seen = known.iter().filter_map(|r| r.first_seen_ms).min();
        let missing_since = known[0].missing_since_ms;
        let mut patience = Patience::new(self.stop, Some(PATIENCE));
        self.store.transact(&mut patience, |store| {
            store.redate(&path, first_seen, missing_since)
        })
    }

    /// Those that are copies of one database: only they can go on where another one ends. Where
    /// there are several, the one that gives most.
    fn agreeing(&self, words: Vec<Word>) -> Result<Vec<Word>> {
        let mut families: Vec<Vec<Word>> = Vec::new();
        for word in words {
            let id = |word: &Word| self.witnesses[word.0].store_id.as_deref();
            let of = families
                .iter_mut()
                .find(|family| id(&word).is_some() && id(&family[0]) == id(&word));
            match of {
                Some(family) => family.push(word),
                None => families.push(vec![word]),
            }
        }
        let mut best = (0, families.remove(0));
        if !families.is_empty() {
            best.0 = self.promise(&best.1)?;
        }
        for family in families {
            let promised = self.promise(&family)?;
            if promised > best.0 {
                best = (promised, family);
            }
        }
        Ok(best.1)
    }

    /// How many bytes a family would give.
    fn promise(&self, words: &[Word]) -> Result<u64> {
        let mut total = 0;
        for number in numbers(words) {
            let mut gave = Vec::new();
            let end = extend(
                &self.witnesses,
                words,
                number,
                0,
                &mut io::sink(),
                &mut gave,
            );
            total += end.map_err(|e| Error::io("write", &self.file, e))?;
        }
        Ok(total)
    }

    /// Lets one generation after another stand in the file as it once did, and takes each in.
    fn generations(&mut self, found: &Arc<Found>, words: &[Word], born_ns: i64) -> Result<()> {
        let path = self.file.clone();
        let fail = |e: io::Error| Error::io("write", &path, e);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(fail)?;
        private(&path)?;
        let numbers = numbers(words);
        let newest = numbers.last().copied();
        if newest.is_none() {
            self.short(found, 0, false);
        }
        let mut cursor = Cursor::default();
        // Bytes in the file, and those of them that the next generation shares.
        let (mut len, mut shared) = (0, 0);
        for number in numbers {
            let at = line_end(&mut file, len.min(shared)).map_err(fail)?;
            file.set_len(at).map_err(fail)?;
            file.seek(SeekFrom::Start(at)).map_err(fail)?;
            let mut gave = Vec::new();
            let mut out = BufWriter::new(&file);
            len = extend(&self.witnesses, words, number, at, &mut out, &mut gave).map_err(fail)?;
            out.flush().map_err(fail)?;
            drop(out);
            let here = words.iter().filter_map(|(_, r)| r.generations.get(&number));
            let end = here.clone().map(|g| g.end).max().unwrap_or(0);
            shared = here.clone().next().map_or(0, |g| g.start);
            if words
                .iter()
                .all(|(_, r)| !r.generations.contains_key(&(number + 1)))
            {
                shared = 0;
            }
            let is_told = here.clone().any(|g| g.is_told);
            let is_whole = len >= end && is_told;
            if is_whole && Some(number) == newest {
                gave.extend(
                    wait_behind(&self.witnesses, words, number, len, &mut file).map_err(fail)?,
                );
            }
            if !is_whole {
                let start = here.map(|g| g.start).max().unwrap_or(0);
                let missing = end.saturating_sub(len.max(start));
                self.short(found, missing, Some(number) != newest);
            }
            // Half a document says something else than the whole one.
            if is_whole || (len > 0 && len >= end) || found.origin.shape == Shape::Lines {
                for (witness, bytes) in gave {
                    self.witnesses[witness].gave.bytes += bytes;
                }
                self.take_in(found, &mut cursor, at, born_ns)?;
            } else {
                len = 0;
            }
        }
        Ok(())
    }

    /// Reads the file as a worker reads a transcript. `at`: where it may differ from what was read.
    fn take_in(
        &mut self,
        found: &Arc<Found>,
        cursor: &mut Cursor,
        at: u64,
        born_ns: i64,
    ) -> Result<()> {
        let gone = || Error::io("read", &self.file, io::ErrorKind::NotFound.into());
        let fail = |e: io::Error| Error::io("read", &self.file, e);
        let mut tail = Tail::open(&self.file).map_err(fail)?.ok_or_else(gone)?;
        tail.born_ns = tail.born_ns.min(born_ns);
        let mut finding = Finding::Intact;
        if at < cursor.offset {
            finding = Finding::Rewritten { at };
            let before = std::mem::take(cursor);
            *cursor = before.rewritten(at, Context::default());
        }
        let job = Job {
            found: Arc::clone(found),
            picked_up: Instant::now(),
            is_live: false,
        };
        loop {
            let batch = tail.read(cursor, found.origin.shape, true).map_err(fail)?;
            let is_last = batch.is_last;
            let mut append = change(&job, &tail, batch, finding, cursor.context.clone())?;
            *cursor = append.after.clone();
            // The next sweep compares the file with what was recovered from its first byte on.
            append.after.is_proved = false;
            let change = Change::Append(Box::new(append));
            let mut patience = Patience::new(self.stop, Some(PATIENCE));
            let applied = self.store.transact(&mut patience, |store| {
                execute(store, &change, jiff::Timestamp::now().as_millisecond())
            })?;
            self.recovery.messages += applied.messages;
            finding = Finding::Intact;
            if is_last {
                return Ok(());
            }
        }
    }

    /// What the transcript is, also where its source is no longer among ours.
    fn found(&self, known: &[Remains]) -> Option<Arc<Found>> {
        let agent = known.iter().find_map(|remains| remains.agent.as_deref());
        sweep::recognise_anywhere(self.places, agent, &known[0].path)
    }

    /// Bytes that nobody gave. Those of a file that is still there are read again.
    fn short(&mut self, found: &Found, bytes: u64, is_earlier: bool) {
        let is_there = links::open_known(self.places, &found.path).is_ok_and(|tail| tail.is_some());
        if is_earlier || !is_there {
            self.lose(&found.path, bytes, is_earlier);
        }
    }

    fn lose(&mut self, path: &Path, bytes: u64, is_earlier: bool) {
        self.recovery.lost.push(Lost {
            path: path.display().to_string(),
            bytes,
            is_earlier,
        });
    }

    /// Transcripts whose names are lost are lost to people, unless a backup has them all.
    fn nameless(&mut self) {
        let Some(damaged) = self.witnesses.first().filter(|w| w.backup.is_none()) else {
            return;
        };
        let known = damaged.salvage.transcripts().len() as u64;
        let all = known + damaged.salvage.nameless();
        let others = self
            .witnesses
            .iter()
            .skip(1)
            .map(|w| w.salvage.transcripts().len() as u64);
        if damaged.salvage.nameless() > 0 && others.max().unwrap_or(0) < all {
            let count = damaged.salvage.nameless();
            let path = PathBuf::from(format!("transcripts whose names are lost: {count}"));
            self.lose(&path, 0, false);
        }
    }

    /// Who gave what, and what the files on disk hold beyond it.
    fn account(&mut self) -> Result<()> {
        for witness in &self.witnesses {
            match &witness.backup {
                None => {
                    let salvaged = &mut self.recovery.salvaged;
                    salvaged.transcripts += witness.gave.transcripts;
                    salvaged.bytes += witness.gave.bytes;
                }
                Some(_) if witness.gave == Amount::default() => {}
                Some(backup) => self.recovery.backups.push(FromBackup {
                    path: backup.path.display().to_string(),
                    made_at: iso(backup.made_ms),
                    amount: witness.gave,
                }),
            }
        }
        let known = self
            .store
            .transcripts()
            .map_err(|e| self.store.explain(&e))?;
        let offsets = known
            .into_iter()
            .map(|k| (k.path, k.cursor.offset))
            .collect();
        let behind = backlog::measure(self.places, &offsets);
        self.recovery.reread = Amount {
            transcripts: behind.behind.len() as u64,
            bytes: behind.bytes(),
        };
        Ok(())
    }
}

/// Bytes of a transcript, what it held before it was rewritten included.
fn held(remains: &Remains) -> u64 {
    let generations = remains.generations.values();
    let figures = generations.map(|g| g.end.saturating_sub(g.start));
    figures.fold(0, u64::saturating_add)
}

/// The generations anybody knows, the oldest first.
fn numbers(words: &[Word]) -> BTreeSet<u32> {
    let all = words.iter().flat_map(|(_, r)| r.generations.keys());
    all.copied().collect()
}

/// Writes what a generation held from `at` on: as far as one gives it, then the next where that one
/// ends, until nobody goes on. Says how far it came, and notes who gave how much.
fn extend(
    witnesses: &[Witness],
    words: &[Word],
    number: u32,
    at: u64,
    out: &mut dyn Write,
    gave: &mut Vec<(usize, u64)>,
) -> io::Result<u64> {
    let mut reached = at;
    loop {
        let before = reached;
        for (witness, remains) in words {
            let bytes = witnesses[*witness]
                .salvage
                .write(remains, number, reached, out)?;
            reached += bytes;
            gave.push((*witness, bytes));
        }
        if reached == before {
            return Ok(reached);
        }
    }
}

/// Writes what waited for its newline behind the end of a transcript. Says who gave how much.
fn wait_behind(
    witnesses: &[Witness],
    words: &[Word],
    number: u32,
    end: u64,
    file: &mut File,
) -> io::Result<Option<(usize, u64)>> {
    for (witness, remains) in words {
        let is_end = remains
            .generations
            .get(&number)
            .is_some_and(|g| g.end == end);
        let waiting = witnesses[*witness].salvage.waiting(remains, number);
        if is_end && !waiting.is_empty() {
            file.seek(SeekFrom::Start(end))?;
            file.write_all(&waiting)?;
            return Ok(Some((*witness, waiting.len() as u64)));
        }
    }
    Ok(None)
}

/// `at`, or the beginning where no line ends there: a number in a damaged row may be anything.
fn line_end(file: &mut File, at: u64) -> io::Result<u64> {
    let Some(last) = at.checked_sub(1) else {
        return Ok(0);
    };
    let mut byte = [0];
    file.seek(SeekFrom::Start(last))?;
    io::Read::read_exact(file, &mut byte)?;
    Ok(if byte == *b"\n" { at } else { 0 })
}
