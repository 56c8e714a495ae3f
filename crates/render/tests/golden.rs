//! What conversations look like: those of each era of Claude Code, one with every kind of tool, and one
//! that means harm. `SCROLLBACK_GOLDEN=write cargo test -p scrollback-render` writes them anew.

#[path = "support/harmless.rs"]
mod harmless;
#[path = "support/told.rs"]
mod told;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use scrollback_render::{Block, Card, Extent, Row, Scene, card, rows};
use told::Told;

const NAMES: [&str; 5] = ["era-1-0", "era-2-0", "era-2-1", "tail-fixer", "hostile"];

#[test]
fn conversations_look_as_they_did() {
    for name in NAMES {
        let told = Told::of(&transcripts(name));
        let mut text = String::new();
        for session in &told.sessions {
            let (rows, cards) = laid_out(&told, session, Extent::Short);
            let _ = writeln!(text, "session {session}\n");
            for (row, card) in rows.iter().zip(&cards) {
                write_row(&mut text, row);
                write_card(&mut text, card);
            }
        }
        compare(&golden(name), &text);
    }
}

#[test]
fn what_means_harm_does_none() {
    let told = Told::of(&transcripts("hostile"));
    for extent in [Extent::Short, Extent::Whole] {
        let (_, cards) = laid_out(&told, "evil-1", extent);
        cards.iter().for_each(harmless::assert_harmless);
    }
}

fn transcripts(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts")
        .join(name)
}

/// The rows of a session, and the card of each.
fn laid_out(told: &Told, session: &str, extent: Extent) -> (Vec<Row>, Vec<Card>) {
    let skeleton = told.engine.skeleton(session).expect("a skeleton");
    let rows = rows(&skeleton.messages);
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let turns = told.engine.turns(session, &ids).expect("turns");
    let project = skeleton.session.project_path.as_deref();
    let cards: Vec<Card> = turns
        .iter()
        .map(|turn| card(turn, Scene { project, extent }))
        .collect();
    assert_eq!(rows.len(), cards.len());
    (rows, cards)
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.html"))
}

fn compare(path: &Path, text: &str) {
    if std::env::var_os("SCROLLBACK_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    let differs = known
        .lines()
        .zip(text.lines())
        .position(|(old, new)| old != new);
    assert!(
        known == text,
        "{} is not what is drawn now, from line {:?}:\n{}",
        path.display(),
        differs.map(|at| at + 1),
        differs
            .and_then(|at| text.lines().nth(at))
            .unwrap_or_default()
    );
}

fn write_row(out: &mut String, row: &Row) {
    let marks = [
        (row.says, "says"),
        (row.thinks, "thinks"),
        (row.only_looks, "only looks"),
        (row.fails, "fails"),
        (row.has_gap, "gap before"),
        (row.is_left, "left"),
        (row.is_copy, "copy"),
        (row.is_sidechain, "sidechain"),
    ];
    let marks: Vec<&str> = marks
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, mark)| *mark)
        .collect();
    let _ = writeln!(
        out,
        "<!-- {} {} [{}] {} -->",
        row.id,
        row.role,
        marks.join(", "),
        row.title.as_deref().unwrap_or_default()
    );
}

fn write_card(out: &mut String, card: &Card) {
    for block in &card.blocks {
        let (head, html, length) = match block {
            Block::Said { html, length } => ("said".to_owned(), html.as_str(), *length),
            Block::Thinking { html, length } => ("thinking".to_owned(), html.as_str(), *length),
            Block::Injected {
                label,
                title,
                html,
                length,
            } => (
                format!("injected: {label} | {title}"),
                html.as_str(),
                *length,
            ),
            Block::Call {
                family,
                name,
                title,
                note,
                outcome,
                seconds,
                is_open,
                html,
                length,
                ..
            } => {
                let note = note.as_deref().unwrap_or_default();
                let state = if *is_open { "open" } else { "folded" };
                let took = seconds
                    .map(|seconds| format!("{seconds} s"))
                    .unwrap_or_default();
                (
                    format!("{family:?} {outcome:?} {state} {took}: {name} | {title} | {note}"),
                    html.as_str(),
                    *length,
                )
            }
            Block::Attachment {
                what,
                name,
                mime,
                bytes,
                is_picture,
                ..
            } => (
                format!("{what} {name:?} {mime:?} {bytes:?} picture: {is_picture}"),
                "",
                None,
            ),
        };
        let cut = length
            .map(|length| format!(" of {} lines, {} bytes", length.lines, length.bytes))
            .unwrap_or_default();
        let _ = writeln!(out, "[{head}]{cut}");
        if !html.is_empty() {
            let _ = writeln!(out, "{}", html.trim_end());
        }
    }
    out.push('\n');
}
