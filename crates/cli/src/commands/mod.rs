//! The commands, one file each: a question to the engine and how its answer is shown.

mod autostart;
mod config;
mod control;
mod doctor;
mod events;
mod export;
mod paper;
mod recovery;
mod search;
mod sessions;
mod show;
mod sql;
mod status;
mod sync;
mod verify;
mod watch;

use std::io::Write;

use scrollback_engine::config::{Config, KEYS, Overrides};
use scrollback_engine::engine::Engine;
use scrollback_engine::log;
use tracing::level_filters::LevelFilter;

use crate::args::{Args, Command, Global};
use crate::exit::Failure;
use crate::output::Screen;

/// The exit code, or why there is no answer.
type Outcome = Result<u8, Failure>;

/// Runs the command.
pub fn run(args: Args) -> Outcome {
    let screen = &mut Screen::new(args.global.color);
    // Made only where it is needed: a broken config file does not stand in the way of the manual.
    let takes_in = matches!(args.command, Command::Sync(_) | Command::Watch(_));
    let engine = || engine(args.global, takes_in);
    let code = match &args.command {
        Command::Sync(args) => sync::run(&engine()?, args, screen),
        Command::Watch(args) => watch::run(&engine()?, args, screen),
        Command::Status(args) => status::run(&engine()?, args, screen),
        Command::Sessions(args) => sessions::run(&engine()?, args, screen),
        Command::Show(args) => show::run(&engine()?, args, screen),
        Command::Search(args) => search::run(&engine()?, args, screen),
        Command::Events(args) => events::run(&engine()?, args, screen),
        Command::Pause(args) => control::pause(&engine()?, args, screen),
        Command::Resume => control::resume(&engine()?, screen),
        Command::Rescan => control::rescan(&engine()?, screen),
        Command::Verify(args) => verify::run(&engine()?, args, screen),
        Command::Export(args) => export::run(&engine()?, args, screen),
        Command::Sql(args) => sql::run(&engine()?, args, screen),
        Command::Doctor(args) => doctor::run(&engine()?, args, screen),
        Command::Autostart(args) => autostart::run(args, screen),
        Command::Config(args) => config::run(&engine()?, args, screen),
        Command::Completions { shell } => paper::completions(*shell, screen),
        Command::Man { dir } => paper::man(dir.as_deref(), screen),
    }?;
    screen.flush()?;
    Ok(code)
}

/// The engine. What it tells of its work goes to standard error, and of commands that take in
/// transcripts also to the log: the others leave no trace.
fn engine(global: Global, takes_in: bool) -> Result<Engine, Failure> {
    let config = settings(global)?;
    if takes_in {
        keep_to_owner();
        log::start(&config.data_dir, config.log_level);
    } else {
        listen(config.log_level);
    }
    Ok(Engine::new(config))
}

/// Whatever is made from now on is its owner's, from its first moment.
fn keep_to_owner() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

fn settings(global: Global) -> Result<Config, Failure> {
    // Read as text below; one that is none must not be passed over in silence.
    for key in KEYS {
        if matches!(
            std::env::var(key.variable),
            Err(std::env::VarError::NotUnicode(_))
        ) {
            let message = format!("{} is not valid UTF-8", key.variable);
            return Err(Failure::usage(
                &message,
                "use a path that is, or a config file",
            ));
        }
    }
    let overrides = Overrides {
        data_dir: global.data_dir,
        sources: global.sources,
        config: global.config,
        verbosity: global.verbose,
    };
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_path_buf());
    Config::load(
        &overrides,
        &|name| std::env::var(name).ok(),
        home.as_deref(),
    )
    .map_err(Failure::Usage)
}

fn listen(level: LevelFilter) {
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
}
