//! Anything that can stand in a file: reading never fails, and every byte is accounted for.

use proptest::prelude::*;

use super::*;
use crate::transcript::{Cursor, hash};

/// What lines are made of, whole and damaged.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let record = r#"{"type":"user","uuid":"u1","sessionId":"s","message":{"role":"user","content":"{\"a\":[1]}"}}"#;
    let bytes = |text: &str| Just(text.as_bytes().to_vec());
    prop_oneof![
        4 => bytes(record),
        4 => (0..record.len()).prop_map(move |cut| record.as_bytes()[..cut].to_vec()),
        2 => (0..record.len()).prop_map(move |cut| record.as_bytes()[cut..].to_vec()),
        2 => bytes("\n"),
        1 => bytes("\r\n"),
        1 => bytes("\u{feff}"),
        1 => bytes("{\""),
        1 => bytes("}"),
        1 => bytes("\\\"\\ud83d\\u"),
        1 => bytes("{\"type\":\"user\",\"uuid\":\"u2\",\"x\":\"\\ude00\"}"),
        1 => bytes("[1,{}]"),
        1 => (1..40usize).prop_map(|count| vec![0; count]),
        1 => (1..40usize).prop_map(|count| vec![b' '; count]),
        2 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(fragment(), 0..12).prop_map(|fragments| {
        let mut bytes = fragments.concat();
        if !bytes.is_empty() {
            bytes.push(b'\n');
        }
        bytes
    })
}

fn batch(bytes: Vec<u8>, content: Content) -> Batch {
    Batch {
        offset: 1000,
        unterminated: bytes.clone(),
        is_waiting_replaced: false,
        bytes,
        content,
        after: Cursor::default(),
        is_last: true,
    }
}

fn pieces(bytes: &[u8], content: Content) -> Vec<Piece> {
    let agent = crate::agents::all()[0];
    let origin = agent
        .recognise(std::path::Path::new("garden/ada.jsonl"))
        .expect("a transcript");
    parse(agent, &origin, &batch(bytes.to_vec(), content)).pieces
}

/// The spans tile the bytes, and each remembers those it covers.
fn assert_accounted(bytes: &[u8], pieces: &[Piece]) {
    let mut at = 0;
    for Piece { span, what } in pieces {
        assert_eq!(span.offset, 1000 + at as u64);
        assert!(span.len > 0);
        let covered = &bytes[at..at + span.len as usize];
        assert_eq!(span.hash, hash(covered));
        assert_eq!(
            matches!(what, What::Blank),
            covered.trim_ascii().is_empty(),
            "white space, and nothing else, is blank: {covered:?}"
        );
        at += span.len as usize;
    }
    assert_eq!(at, bytes.len());
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 2000;
    }
    config.failure_persistence = None;
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_byte_of_any_lines_is_accounted_for(bytes in lines()) {
        let pieces = pieces(&bytes, Content::Lines);
        assert_accounted(&bytes, &pieces);
        // No piece reaches over a line's end, so the lines are those of a plain reader.
        let ends: Vec<usize> = pieces
            .iter()
            .map(|piece| (piece.span.offset - 1000 + piece.span.len) as usize)
            .collect();
        for (at, byte) in bytes.iter().enumerate() {
            prop_assert!(*byte != b'\n' || ends.contains(&(at + 1)), "a line ends at {at}");
        }
    }

    #[test]
    fn any_document_is_one_thing_or_taken_apart(bytes in lines()) {
        assert_accounted(&bytes, &pieces(&bytes, Content::Document));
    }

    #[test]
    fn a_whole_record_on_a_line_of_its_own_is_always_read(before in lines(), after in lines()) {
        let record = b"{\"type\":\"user\",\"uuid\":\"needle\",\"message\":{\"content\":\"x\"}}\n";
        let bytes = [&before[..], record, &after].concat();
        let pieces = pieces(&bytes, Content::Lines);
        let place = 1000 + before.len() as u64;
        let found = pieces.iter().find(|piece| piece.span.offset == place);
        let is_read = found.is_some_and(|piece| {
            matches!(piece.what, What::Entry(_)) && piece.span.len == record.len() as u64
        });
        prop_assert!(is_read, "damage stays on its line");
    }
}
