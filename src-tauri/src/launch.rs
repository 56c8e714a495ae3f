//! How the app was started: flags, and where to go first.

use std::path::PathBuf;

use clap::Parser;
use scrollback_engine::config::{Config, Overrides};
use scrollback_engine::error::Result;

/// Everything your coding agents wrote, still there, found in a second: in your tray.
#[derive(Debug, Clone, Parser)]
#[command(name = "scrollback-desktop", version)]
pub struct Launch {
    /// Stay in the tray until the window is wanted, as at login
    #[arg(long)]
    pub hidden: bool,
    /// Keep everything in this folder [env: SCROLLBACK_DATA_DIR]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Read this agent's folder instead of those found, for example claude-code=~/.claude;
    /// repeatable [env: SCROLLBACK_SOURCES]
    #[arg(long = "source", value_name = "AGENT=PATH")]
    sources: Vec<String>,
    /// Read settings from this file [env: SCROLLBACK_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Tell more on standard error; repeatable [env: SCROLLBACK_LOG_LEVEL]
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Where to go: scrollback://status, scrollback://search or scrollback://session/ID
    link: Option<String>,
}

impl Launch {
    /// What the flags say of the settings.
    fn overrides(&self) -> Overrides {
        Overrides {
            data_dir: self.data_dir.clone(),
            sources: self.sources.clone(),
            config: self.config.clone(),
            verbosity: self.verbose,
        }
    }

    /// The settings in force.
    pub fn config(&self) -> Result<Config> {
        let env = |name: &str| std::env::var(name).ok();
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        Config::load(&self.overrides(), &env, home.as_deref())
    }

    /// The page that is asked for.
    pub fn route(&self) -> Option<String> {
        self.link.as_deref().map(route_of)
    }
}

/// The page shown when nothing else is asked for.
pub fn home() -> String {
    "#/status".into()
}

/// The page a link leads to. Anyone can make such a link, so nothing of it is passed on unchecked.
pub fn route_of(link: &str) -> String {
    let rest = link.strip_prefix("scrollback:").unwrap_or_default();
    let (rest, message) = rest
        .split_once("?m=")
        .map_or((rest, None), |(rest, id)| (rest, Some(id)));
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    match (parts.next(), parts.next(), parts.next()) {
        (Some("search"), None, None) => "#/search".into(),
        (Some("browse"), None, None) => "#/browse".into(),
        (Some("settings"), None, None) => "#/settings".into(),
        (Some("session"), Some(id), None) if is_id(id) => match message {
            Some(message) if is_id(message) => format!("#/session/{id}?m={message}"),
            Some(_) => home(),
            None => format!("#/session/{id}"),
        },
        _ => home(),
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 100 && text.bytes().all(is_plain)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'@')
}

/// The end of a session. Its id comes from a transcript, and may be anything.
pub fn end_of_session(id: &str) -> String {
    let safe = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let id: String = id.bytes().map(safe).collect();
    format!("#/session/{id}?at=end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_and_nowhere_else() {
        for (link, page) in [
            ("scrollback://session/0b1f-4a", "#/session/0b1f-4a"),
            ("scrollback://session/a/", "#/session/a"),
            ("scrollback:search", "#/search"),
            ("scrollback://status", "#/status"),
            ("scrollback://session/", "#/status"),
            ("scrollback://session/../../x", "#/status"),
            ("scrollback://session/<script>", "#/status"),
            ("scrollback://session/a?m=b", "#/session/a?m=b"),
            ("scrollback://session/a@1?m=b~1a", "#/session/a@1?m=b~1a"),
            ("scrollback://session/a?m=<b>", "#/status"),
            ("scrollback://session/a?x=b", "#/status"),
            ("https://example.org/session/a", "#/status"),
            ("", "#/status"),
        ] {
            assert_eq!(route_of(link), page, "{link}");
        }
    }

    #[test]
    fn whatever_a_session_is_called_it_is_one_part_of_an_address() {
        let route = end_of_session("a/b?c#d é");
        assert_eq!(route, "#/session/a%2Fb%3Fc%23d%20%C3%A9?at=end");
    }
}
