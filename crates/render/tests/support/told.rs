//! A transcript of `tests/transcripts`, read by the engine as any other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::model::SessionFilter;
use scrollback_engine::stop::Stop;
use scrollback_engine::transcript::Source;

/// Sessions that were taken in.
pub struct Told {
    pub engine: Engine,
    /// Their ids, in order.
    pub sessions: Vec<String>,
    _home: tempfile::TempDir,
}

impl Told {
    /// The transcripts in this folder.
    pub fn of(folder: &Path) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let claude = home.path().join("claude");
        copy(folder, &claude.join("projects/p"));
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
