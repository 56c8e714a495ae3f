use std::collections::HashMap;

use super::*;

/// A home, an environment and the platform's folders, owned by the test.
struct Desk {
    home: tempfile::TempDir,
    env: HashMap<&'static str, String>,
}

impl Desk {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().expect("a temporary folder"),
            env: HashMap::new(),
        }
    }

    fn with_file(self, text: &str) -> Self {
        std::fs::create_dir_all(self.home.path().join("config")).expect("created");
        std::fs::write(self.home.path().join("config/config.toml"), text).expect("written");
        self
    }

    fn with_env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.insert(name, value.into());
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn load(&self, overrides: &Overrides) -> Result<Config> {
        let standard = Standard {
            data: self.path("data"),
            config: self.path("config"),
        };
        let env = |name: &str| self.env.get(name).cloned();
        Config::resolve(overrides, &env, Some(self.home.path()), Some(standard))
    }

    fn refused(&self, overrides: &Overrides) -> (String, String) {
        let error = self.load(overrides).expect_err("refused");
        assert_eq!(error.kind(), Kind::Usage);
        (
            error.to_string(),
            error.remedy().expect("a remedy").to_string(),
        )
    }
}

fn origin(config: &Config, key: Key) -> String {
    let setting = config
        .settings()
        .iter()
        .find(|setting| setting.name == key.name);
    setting.expect("every setting is listed").origin.to_string()
}

fn roots(config: &Config) -> Vec<&Path> {
    config
        .sources
        .iter()
        .map(|source| source.root.as_path())
        .collect()
}

#[test]
fn with_nothing_said_everything_is_default() {
    let desk = Desk::new();
    let config = desk.load(&Overrides::default()).expect("loaded");
    assert_eq!(config.data_dir, desk.path("data"));
    assert!(roots(&config).contains(&desk.path(".claude").as_path()));
    for key in KEYS {
        assert_eq!(origin(&config, key), "default");
    }
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let file = "data_dir = \"/file\"\nsources = [\"claude-code=/file\"]\nlog_level = \"debug\"\n";
    let desk = Desk::new().with_file(file);
    let config = desk.load(&Overrides::default()).expect("loaded");
    assert_eq!(
        (config.data_dir.as_path(), origin(&config, DATA_DIR)),
        (Path::new("/file"), "config file".into())
    );
    assert_eq!(roots(&config), [Path::new("/file")]);
    assert_eq!(config.log_level, LevelFilter::DEBUG);

    let desk = desk
        .with_env("SCROLLBACK_DATA_DIR", "/env")
        .with_env(
            "SCROLLBACK_SOURCES",
            "claude-code=/env/a:claude-code=/env/b",
        )
        .with_env("SCROLLBACK_LOG_LEVEL", "off");
    let config = desk.load(&Overrides::default()).expect("loaded");
    assert_eq!(config.data_dir, Path::new("/env"));
    assert_eq!(origin(&config, DATA_DIR), "environment SCROLLBACK_DATA_DIR");
    assert_eq!(roots(&config), [Path::new("/env/a"), Path::new("/env/b")]);
    assert_eq!(config.log_level, LevelFilter::OFF);

    let flags = Overrides {
        data_dir: Some("/flag".into()),
        sources: vec!["claude-code=/flag".into()],
        verbosity: 1,
        ..Overrides::default()
    };
    let config = desk.load(&flags).expect("loaded");
    assert_eq!(config.data_dir, Path::new("/flag"));
    assert_eq!(roots(&config), [Path::new("/flag")]);
    assert_eq!(config.log_level, LevelFilter::INFO);
    for key in [DATA_DIR, SOURCES, LOG_LEVEL] {
        assert_eq!(origin(&config, key), "flag");
    }
}

#[test]
fn an_empty_variable_counts_as_none() {
    let desk = Desk::new()
        .with_env("SCROLLBACK_DATA_DIR", "")
        .with_env("SCROLLBACK_SOURCES", "");
    let config = desk.load(&Overrides::default()).expect("loaded");
    assert_eq!(origin(&config, DATA_DIR), "default");
    assert_eq!(origin(&config, SOURCES), "default");
}

#[test]
fn paths_are_made_absolute_and_home_is_filled_in() {
    let file = "data_dir = \"beside\"\nsources = [\"claude-code=~/one/\", \"claude-code=~/one\"]\n";
    let desk = Desk::new().with_file(file);
    let config = desk.load(&Overrides::default()).expect("loaded");
    assert_eq!(config.data_dir, desk.path("config/beside"));
    assert_eq!(roots(&config), [desk.path("one")]);
    let flags = Overrides {
        data_dir: Some("here".into()),
        ..Overrides::default()
    };
    let config = desk.load(&flags).expect("loaded");
    assert_eq!(
        config.data_dir,
        std::env::current_dir().expect("a folder").join("here")
    );
}

#[test]
fn the_default_file_may_be_missing_but_a_named_one_may_not() {
    let desk = Desk::new();
    assert!(desk.load(&Overrides::default()).is_ok());
    let flags = Overrides {
        config: Some(desk.path("none.toml")),
        ..Overrides::default()
    };
    let (message, remedy) = desk.refused(&flags);
    assert!(message.contains("none.toml"), "{message}");
    assert!(remedy.contains("--config"), "{remedy}");
    let desk = desk.with_env("SCROLLBACK_CONFIG", "/none.toml");
    assert!(desk.refused(&Overrides::default()).0.contains("/none.toml"));
}

#[test]
fn a_bad_file_names_itself_the_key_and_the_way_out() {
    let cases = [
        (
            "datadir = \"/x\"",
            "unknown setting \"datadir\"",
            "data_dir, sources, log_level",
        ),
        ("data_dir = 3", "data_dir in", "double quotes"),
        ("sources = \"claude-code=/x\"", "sources in", "sources = ["),
        (
            "log_level = \"loud\"",
            "\"loud\", which is no log level",
            "off, error",
        ),
        ("\ndata_dir = ", "is not TOML at line 2", "--config"),
    ];
    for (text, what, way_out) in cases {
        let (message, remedy) = Desk::new().with_file(text).refused(&Overrides::default());
        assert!(
            message.contains(what) && message.contains("config.toml"),
            "{message}"
        );
        assert!(remedy.contains(way_out), "{remedy}");
    }
}

#[test]
fn a_bad_source_is_refused_with_the_agents_we_know() {
    for written in ["/just/a/path", "claude-code=", "emacs=/x"] {
        let flags = Overrides {
            sources: vec![written.into()],
            ..Overrides::default()
        };
        let (message, remedy) = Desk::new().refused(&flags);
        assert!(
            message.contains(written) && message.contains("--source"),
            "{message}"
        );
        assert!(remedy.contains("claude-code"), "{remedy}");
    }
}

#[test]
fn the_data_folder_may_not_lie_among_transcripts() {
    let flags = |data: &str| Overrides {
        data_dir: Some(data.into()),
        sources: vec!["claude-code=/home/ada/.claude".into()],
        ..Overrides::default()
    };
    let desk = Desk::new();
    let (message, _) = desk.refused(&flags("/home/ada/.claude/projects/scrollback"));
    assert!(message.contains("lies among the transcripts"), "{message}");
    assert!(desk.load(&flags("/home/ada/.claude-archive")).is_ok());
}

#[test]
fn settings_serialise_with_their_origin_as_a_word() {
    let config = Desk::new().load(&Overrides::default()).expect("loaded");
    let json = serde_json::to_value(config.settings()).expect("JSON");
    assert_eq!(json[1]["name"], "data_dir");
    assert_eq!(json[1]["origin"], "default");
}
