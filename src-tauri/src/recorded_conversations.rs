//! What the page is tried with: conversations as the app would answer them, made from the transcripts of
//! `crates/render/tests`. `SCROLLBACK_BINDINGS=write cargo test bindings` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;

use scrollback_render::{Block, Extent};
use serde_json::json;

use crate::ipc::reading;

#[path = "../../crates/render/tests/support/told.rs"]
mod told;

const NAMES: [&str; 4] = ["tail-fixer", "hostile", "era-2-0", "era-2-1"];

#[test]
fn bindings_recorded_conversations_are_what_the_app_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/tests/fixtures/conversations");
    for name in NAMES {
        let transcripts =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/render/tests/transcripts");
        let told = told::Told::of(&transcripts.join(name));
        for session in &told.sessions {
            let text = recorded(&told, session);
            let file = folder.join(format!("{session}.json"));
            if std::env::var_os("SCROLLBACK_BINDINGS").is_some() {
                std::fs::create_dir_all(&folder).expect("made");
                std::fs::write(&file, &text).expect("written");
            }
            let committed = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(
                committed == text,
                "{} is not what the app answers: run `make bindings`",
                file.display()
            );
        }
    }
}

fn recorded(told: &told::Told, session: &str) -> String {
    let engine = &told.engine;
    let mut layout = reading::layout(engine, session).expect("a layout");
    // Where a test keeps its home is of no interest.
    let sessions = layout
        .lineage
        .subagents
        .iter_mut()
        .map(|each| &mut each.session);
    let around = layout
        .lineage
        .relatives
        .iter_mut()
        .chain(&mut layout.lineage.started_by);
    for row in sessions.chain(around).chain([&mut layout.session]) {
        row.source_path = Some(format!("/home/ada/.claude/projects/p/{}.jsonl", row.id));
    }
    let ids: Vec<String> = layout.rows.iter().map(|row| row.id.clone()).collect();
    let cards = reading::cards(engine, session, &ids, Extent::Short).expect("cards");
    let mut pictures = BTreeMap::new();
    for block in cards.iter().flat_map(|card| &card.blocks) {
        if let Block::Attachment {
            message,
            number,
            is_picture: true,
            ..
        } = block
        {
            let picture = reading::picture(engine, message, *number).expect("a picture");
            pictures.insert(format!("{message}/{number}"), picture.url);
        }
    }
    let whole = json!({ "layout": layout, "cards": cards, "pictures": pictures });
    format!("{}\n", serde_json::to_string_pretty(&whole).expect("JSON"))
}
