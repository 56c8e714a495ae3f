//! A transcript of `tests/transcripts`, read by the engine as any other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::model::{SessionFilter, Skeleton};
use scrollback_engine::stop::Stop;
use scrollback_engine::transcript::Source;
use scrollback_render::{Card, Extent, Row, Scene, card, rows};

/// Sessions that were taken in.
pub struct Told {
    pub engine: Engine,
    /// Their ids, in order.
    pub sessions: Vec<String>,
    _home: tempfile::TempDir,
}

impl Told {
    /// The transcripts in the folder of this name.
    pub fn of(name: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let claude = home.path().join("claude");
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/transcripts")
            .join(name);
        copy(&from, &claude.join("projects/p"));
        let source = Source {
            agent: "claude-code".into(),
            root: claude,
        };
        let config = Config::new(home.path().join("data"), vec![Arc::new(source)]);
        let engine = Engine::new(config);
        engine
            .sync(&Stop::default(), &mut |_| {})
            .expect("taken in");
        let filter = SessionFilter {
            with_subagents: true,
            ..SessionFilter::default()
        };
        let mut sessions: Vec<String> = engine
            .sessions(&filter)
            .expect("listed")
            .into_iter()
            .map(|session| session.id)
            .collect();
        sessions.sort();
        Self {
            engine,
            sessions,
            _home: home,
        }
    }

    pub fn skeleton(&self, session: &str) -> Skeleton {
        self.engine.skeleton(session).expect("a skeleton")
    }

    /// The rows of a session, and the card of each.
    pub fn laid_out(&self, session: &str, extent: Extent) -> (Vec<Row>, Vec<Card>) {
        let skeleton = self.skeleton(session);
        let rows = rows(&skeleton.messages);
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let turns = self.engine.turns(session, &ids).expect("turns");
        let project = skeleton.session.project_path.as_deref();
        let cards: Vec<Card> = turns
            .iter()
            .map(|turn| card(turn, Scene { project, extent }))
            .collect();
        assert_eq!(rows.len(), cards.len());
        (rows, cards)
    }
}

fn copy(from: &Path, to: &PathBuf) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}
