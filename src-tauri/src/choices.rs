//! What a person chooses: settings, sources, starting at login, and the rows of the tray's menu.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scrollback_engine::autostart;
use scrollback_engine::config::{Config, SOURCES, SetBy};
use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind, Result};
use scrollback_engine::health::Mode;
use scrollback_engine::model::{Problem, RootStatus};
use scrollback_engine::transcript::Source;

use crate::app::App;
use crate::ipc::{Autostart, Place, Settings, SourceRow};
use crate::settings::{self, SettingsPatch};
use crate::tray::Action;
use crate::{outside, running, verdict};

impl App {
    /// Does what a row of the tray's menu says. What fails is logged: a menu shows no errors, and the
    /// verdict does.
    pub fn act(self: &Arc<Self>, action: &Action) {
        let done = match action {
            Action::Open => {
                self.open();
                Ok(())
            }
            Action::Go(route) => {
                self.open_at(route);
                Ok(())
            }
            Action::Pause(how_long) => self.pause(*how_long),
            Action::Resume => self.resume(),
            Action::StartAtLogin(on) => self.start_at_login(*on),
            Action::SafeGraphics => self.begin_anew_safely(),
            Action::Quit => {
                self.quit();
                Ok(())
            }
        };
        if let Err(error) = done {
            tracing::error!(kind = ?error.kind(), "a wish from the tray was not fulfilled");
        }
    }

    /// Everything that can be set.
    pub fn settings(&self) -> Settings {
        let config = self.config();
        let desktop = self.desktop();
        let status = self.engine().status();
        let set_by = config.set_by(SOURCES);
        let login = autostart::Autostart::of_installed().state();
        Settings {
            autostart: Autostart {
                is_on: login.is_on,
                is_supported: autostart::desktop_program().is_ok(),
                problem: login.problem,
                entry: login.entry.map(|path| path.display().to_string()),
            },
            on_close: desktop.on_close,
            theme: desktop.theme,
            density: desktop.density,
            text_size: desktop.text_size,
            stalled_minutes: desktop.stalled_minutes,
            safe_graphics: desktop.safe_graphics,
            letter_keys: desktop.letter_keys,
            tray_notice: desktop.tray_notice,
            polling: config.polling,
            agents: Engine::agents()
                .map(|(id, name)| (id.to_owned(), name.to_owned()))
                .collect(),
            sources: rows(&config.sources, &status.watcher.roots),
            sources_set_by: set_by.to_string(),
            can_edit_sources: matches!(set_by, SetBy::File | SetBy::Default),
            data_dir: config.data_dir.display().to_string(),
            database_bytes: status.store.bytes,
            config_file: config
                .file()
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
            version: status.version,
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }

    /// Changes settings, in the config file and from now on.
    pub fn change_settings(self: &Arc<Self>, patch: &SettingsPatch) -> Result<()> {
        patch.write(&self.config())?;
        self.reload()
    }

    /// Whether the app starts at login, as the entry says.
    pub fn starts_at_login(&self) -> bool {
        autostart::Autostart::of_installed().state().is_on
    }

    /// Makes the app start at login, or no more.
    pub fn start_at_login(&self, on: bool) -> Result<()> {
        let entry = autostart::Autostart::of_installed();
        if on {
            entry.turn_on()?;
        } else {
            entry.turn_off()?;
        }
        self.pulse.nudge();
        Ok(())
    }

    /// Reads this folder too.
    pub fn add_source(self: &Arc<Self>, folder: &Path) -> Result<()> {
        let new = Config::recognise(folder)?;
        let mut sources = self.written_sources()?;
        if !sources.contains(&new) {
            sources.push(new);
        }
        settings::write_sources(&self.config(), &sources)?;
        self.reload()
    }

    /// Reads the source at this place in the list no more. What was read of it is kept.
    pub fn remove_source(self: &Arc<Self>, id: u32) -> Result<()> {
        let mut sources = self.written_sources()?;
        if id as usize >= sources.len() {
            return Err(Error::new(
                Kind::NotFound,
                "there is no such source any more",
            ));
        }
        sources.remove(id as usize);
        settings::write_sources(&self.config(), &sources)?;
        self.reload()
    }

    fn written_sources(&self) -> Result<Vec<String>> {
        let config = self.config();
        let set_by = config.set_by(SOURCES);
        if !matches!(set_by, SetBy::File | SetBy::Default) {
            let message = format!("the list of sources is set by the {set_by}");
            return Err(Error::new(Kind::Usage, message).with_remedy("change it there"));
        }
        let written = |source: &Arc<Source>| format!("{}={}", source.agent, source.root.display());
        Ok(config.sources.iter().map(written).collect())
    }

    /// Shows something in the system's file manager.
    pub fn reveal(&self, what: Place) -> Result<()> {
        let gone = || Error::new(Kind::NotFound, "there is nothing to show any more");
        let config = self.config();
        let folder = match what {
            Place::Data => config.data_dir,
            Place::Logs => config.data_dir.join("logs"),
            Place::Config => folder_of(config.file().ok_or_else(gone)?),
            Place::Problem { message } => {
                let problems = verdict::snapshot(self).status.problems;
                let is_it = |problem: &Problem| problem.message == message;
                let found = problems.into_iter().find(is_it);
                let place = found.and_then(|problem| problem.place);
                folder_of(Path::new(&place.ok_or_else(gone)?))
            }
        };
        outside::open(&folder)
    }

    fn begin_anew_safely(self: &Arc<Self>) -> Result<()> {
        let safe_graphics = Some(true);
        self.change_settings(&SettingsPatch {
            safe_graphics,
            ..SettingsPatch::default()
        })?;
        self.end();
        running::relaunch(self, 0)
    }
}

/// A source for each one that is set, with what the running engine says of it.
fn rows(sources: &[Arc<Source>], roots: &[RootStatus]) -> Vec<SourceRow> {
    let row = |(source, id): (&Arc<Source>, u32)| {
        let is_its = |root: &&RootStatus| {
            root.agent == source.agent && Path::new(&root.path).starts_with(&source.root)
        };
        let root = roots.iter().find(is_its);
        SourceRow {
            id,
            agent: source.agent.clone(),
            path: source.root.display().to_string(),
            exists: root.map_or_else(|| source.root.is_dir(), |root| root.exists),
            mode: root.map_or(Mode::None, |root| root.mode),
        }
    };
    sources.iter().zip(0..).map(row).collect()
}

/// The folder itself, or the one a file lies in.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !path.is_dir() => parent.to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_what_is_set_whatever_the_running_engine_reads() {
        let source = |root: &str| {
            Arc::new(Source {
                agent: "claude-code".into(),
                root: root.into(),
            })
        };
        let root = |path: &str| RootStatus {
            agent: "claude-code".into(),
            path: path.into(),
            exists: true,
            mode: Mode::Native,
            files: 0,
            left_aside: 0,
            left_aside_for: Vec::new(),
        };
        let set = [source("/one"), source("/two")];
        let rows = rows(&set, &[root("/elsewhere/projects"), root("/two/projects")]);
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.id, row.path.as_str(), row.exists, row.mode))
            .collect();
        assert_eq!(
            seen,
            [
                (0, "/one", false, Mode::None),
                (1, "/two", true, Mode::Native)
            ]
        );
    }
}
