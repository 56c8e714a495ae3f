//! Real transcripts: every message of every session can be drawn, and does nothing.

#[path = "support/harmless.rs"]
mod harmless;
#[path = "support/told.rs"]
mod told;

use std::path::Path;

use scrollback_render::{Extent, Scene, card, rows};
use told::Told;

#[test]
fn everything_real_can_be_drawn() {
    let Some(corpus) = std::env::var_os("SCROLLBACK_CORPUS") else {
        eprintln!("SKIPPED: no SCROLLBACK_CORPUS");
        return;
    };
    let told = Told::of(&Path::new(&corpus).join("claude-code/projects"));
    let mut drawn = 0;
    for session in &told.sessions {
        let Ok(skeleton) = told.engine.skeleton(session) else {
            continue;
        };
        let ids: Vec<String> = rows(&skeleton.messages)
            .into_iter()
            .map(|row| row.id)
            .collect();
        for part in ids.chunks(50) {
            let turns = told.engine.turns(session, part).expect("turns");
            assert_eq!(turns.len(), part.len(), "{session}");
            for turn in &turns {
                let scene = Scene {
                    project: skeleton.session.project_path.as_deref(),
                    extent: Extent::Short,
                };
                harmless::assert_harmless(&card(turn, scene));
                drawn += 1;
            }
        }
    }
    assert!(drawn > 3_000, "{drawn}");
}
