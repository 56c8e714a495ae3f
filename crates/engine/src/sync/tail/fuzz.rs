//! Any content, and any other content after it: what was committed is what stands in the file.

use std::io::Write as _;

use proptest::prelude::*;

use super::*;

/// Few different bytes, so that contents have much in common; long runs, so that they have several
/// batches.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec!["a\n", "b\n", "\n", "{\"x\":1}\n", "{\"x\":1}", "ab", "long line, "])
            .prop_map(|text| text.as_bytes().to_vec()),
        2 => (1..60usize).prop_map(|count| b"head\n".repeat(count * 20)),
    ];
    let batches = (0..3usize, 0..200usize).prop_map(|(mebibytes, more)| {
        let mut long = vec![b'l'; mebibytes * BATCH / 2 + more];
        long.push(b'\n');
        long
    });
    let small = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    // What lies between the ends that a cursor remembers is where an edit can hide.
    let middle = (100..400usize).prop_map(|count| b"somewhere in the middle\n".repeat(count));
    prop_oneof![
        30 => small.clone(),
        30 => (small.clone(), middle, small.clone()).prop_map(|(a, b, c)| [a, b, c].concat()),
        1 => (small.clone(), batches, small).prop_map(|(a, b, c)| [a, b, c].concat()),
    ]
}

/// What an agent may make of a file.
#[derive(Debug, Clone)]
enum Edit {
    Append(Vec<u8>),
    Cut(u16),
    Overwrite(u16, Vec<u8>),
    TakeOut(u16, u16),
    Replace(Vec<u8>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = || 0..=1000u16;
    let word = prop::collection::vec(prop::sample::select(b"ab\n{".to_vec()), 1..5);
    prop_oneof![
        3 => content().prop_map(Edit::Append),
        2 => place().prop_map(Edit::Cut),
        3 => (place(), word).prop_map(|(at, word)| Edit::Overwrite(at, word)),
        1 => (place(), place()).prop_map(|(from, to)| Edit::TakeOut(from, to)),
        1 => content().prop_map(Edit::Replace),
    ]
}

impl Edit {
    fn make(&self, content: &mut Vec<u8>) {
        let len = content.len();
        let place = |thousandths: &u16| len * usize::from(*thousandths) / 1000;
        match self {
            Self::Append(more) => content.extend_from_slice(more),
            Self::Cut(at) => content.truncate(place(at)),
            Self::Overwrite(at, word) => {
                let at = place(at);
                let end = (at + word.len()).min(len);
                content[at..end].copy_from_slice(&word[..end - at]);
            }
            Self::TakeOut(from, to) => {
                let (from, to) = (place(from), place(to));
                content.drain(from.min(to)..from.max(to));
            }
            Self::Replace(other) => content.clone_from(other),
        }
    }
}

/// How the engine comes to look, and what time a file says it has.
#[derive(Debug, Clone, Copy)]
struct Circumstances {
    /// The file is written in place, not replaced.
    in_place: bool,
    /// It says that it was written at the beginning of time, as archives and images do.
    is_timeless: bool,
    /// The engine ends, or has others to look at, after one batch, and comes back after the next edits.
    is_cut_off: bool,
    /// So late after the last change that the stamp says all.
    is_late: bool,
}

fn circumstances() -> impl Strategy<Value = Circumstances> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(in_place, is_timeless, is_cut_off, is_late)| Circumstances {
            in_place,
            is_timeless,
            is_cut_off,
            is_late,
        },
    )
}

/// Longer than the clock of file times stands still.
const TICK: Duration = Duration::from_millis(10);

/// What is committed of a file, as the store would keep it.
#[derive(Default)]
struct Committed {
    cursor: Cursor,
    checked_ns: i64,
    bytes: Vec<u8>,
}

impl Committed {
    /// Looks at the file until it is as committed, or for one batch.
    fn take_in(&mut self, path: &Path, how: Circumstances) {
        if how.is_late {
            std::thread::sleep(TICK);
        }
        while !self.look(path, how) && !how.is_cut_off {}
    }

    /// Looks once and takes in what is new; true when there is nothing left to do.
    fn look(&mut self, path: &Path, how: Circumstances) -> bool {
        let tail = Tail::open(path).expect("opened").expect("a file");
        let spans = self.spans();
        let found = tail.compare(
            &self.cursor,
            Shape::Lines,
            self.checked_ns,
            false,
            |visit| {
                // As from the database: until the visitor has seen enough.
                let _ = spans.into_iter().all(visit);
                Ok(())
            },
        );
        match found.expect("compared") {
            Comparison::Unchanged => return true,
            Comparison::Intact { is_proved } => self.cursor.is_proved = is_proved,
            Comparison::Rewritten { at } => {
                let before = std::mem::take(&mut self.cursor);
                self.cursor = before.rewritten(at, crate::transcript::Context::default());
                self.bytes.truncate(at as usize);
            }
        }
        let is_settled = self.cursor.is_proved && self.cursor.stamp == tail.stamp;
        loop {
            let batch = tail.read(&self.cursor, Shape::Lines, true).expect("read");
            assert_eq!(batch.offset, self.bytes.len() as u64);
            assert!(batch.bytes.is_empty() || batch.bytes.ends_with(b"\n"));
            self.bytes.extend_from_slice(&batch.bytes);
            self.cursor = batch.after;
            assert_eq!(self.cursor.offset, self.bytes.len() as u64);
            if batch.is_last || how.is_cut_off {
                break;
            }
        }
        // As if time had passed: then the stamp alone must do.
        self.checked_ns = tail.checked_ns + if how.is_late { REST_NS } else { 0 };
        is_settled
    }

    fn spans(&self) -> Vec<Span> {
        let mut offset = 0;
        let span = |line: &[u8]| {
            let span = Span {
                offset,
                len: line.len() as u64,
                hash: hash(line),
            };
            offset += span.len;
            span
        };
        self.bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(span)
            .collect()
    }
}

/// Bytes up to the last newline, found the plain way.
fn whole_lines(content: &[u8]) -> &[u8] {
    let lines = content.split_inclusive(|byte| *byte == b'\n');
    let len = lines.filter(|line| line.ends_with(b"\n")).map(<[u8]>::len);
    &content[..len.sum()]
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 500;
    }
    config.failure_persistence = None;
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_committed_is_what_stands_in_the_file(
        first in content(),
        looks in prop::collection::vec(
            (prop::collection::vec(edit(), 1..4), circumstances()),
            0..4,
        ),
        last in circumstances(),
    ) {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let mut content = first;
        file.write_all(&content).expect("written");
        let mut committed = Committed::default();
        let how = looks.first().map_or(last, |(_, how)| *how);
        committed.take_in(file.path(), how);
        for (edits, how) in &looks {
            for edit in edits {
                edit.make(&mut content);
            }
            if how.in_place {
                std::fs::write(file.path(), &content).expect("written");
            } else {
                let other = tempfile::NamedTempFile::new().expect("a file");
                std::fs::write(other.path(), &content).expect("written");
                std::fs::rename(other.path(), file.path()).expect("put in place");
            }
            if how.is_timeless {
                let file = std::fs::File::options().write(true).open(file.path());
                file.and_then(|file| file.set_modified(UNIX_EPOCH)).expect("dated");
            }
            committed.take_in(file.path(), *how);
            if !how.is_cut_off {
                prop_assert!(committed.bytes == whole_lines(&content), "after {:?}", edits);
            }
        }
        committed.take_in(file.path(), Circumstances { is_cut_off: false, ..last });
        prop_assert!(committed.bytes == whole_lines(&content), "at the end");
    }
}
