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

/// What is committed of a file, as the store would keep it.
#[derive(Default)]
struct Committed {
    cursor: Cursor,
    checked_ns: i64,
    bytes: Vec<u8>,
}

impl Committed {
    /// Looks at the file and takes in what is new.
    fn take_in(&mut self, path: &Path) {
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
            None => return,
            Some(Finding::Intact) => {}
            Some(Finding::Rewritten { at }) => {
                self.cursor = Cursor {
                    generation: self.cursor.generation + 1,
                    offset: at,
                    ..Cursor::default()
                };
                self.bytes.truncate(at as usize);
            }
        }
        loop {
            let batch = tail.read(&self.cursor, Shape::Lines, true).expect("read");
            assert_eq!(batch.offset, self.bytes.len() as u64);
            assert!(batch.bytes.is_empty() || batch.bytes.ends_with(b"\n"));
            self.bytes.extend_from_slice(&batch.bytes);
            self.cursor = batch.after;
            assert_eq!(self.cursor.offset, self.bytes.len() as u64);
            if batch.is_last {
                break;
            }
        }
        self.checked_ns = tail.checked_ns;
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
            (prop::collection::vec(edit(), 1..4), any::<bool>()),
            0..4,
        ),
    ) {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let mut content = first;
        file.write_all(&content).expect("written");
        let mut committed = Committed::default();
        committed.take_in(file.path());
        prop_assert_eq!(&committed.bytes[..], whole_lines(&content));
        for (edits, in_place) in &looks {
            for edit in edits {
                edit.make(&mut content);
            }
            if *in_place {
                std::fs::write(file.path(), &content).expect("written");
            } else {
                let other = tempfile::NamedTempFile::new().expect("a file");
                std::fs::write(other.path(), &content).expect("written");
                std::fs::rename(other.path(), file.path()).expect("put in place");
            }
            committed.take_in(file.path());
            prop_assert!(committed.bytes == whole_lines(&content), "after {:?}", edits);
        }
    }
}
