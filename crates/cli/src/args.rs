//! What may stand on the command line, declared apart from what it does.

mod minus;

use std::path::PathBuf;

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::output::ColorChoice;

const EXIT_CODES: &str = "\
Exit codes:
  0   fine (status: live, idle, catching up, starting or paused)
  1   degraded, a check failed, or the command could not do its work
  2   stalled
  3   not running
  64  the command line or a setting is wrong
  75  the engine hung beyond help; start it again";

/// Everything your coding agents wrote, still there, found in a second.
#[derive(Debug, Parser)]
#[command(name = "scrollback", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl Args {
    /// Reads the command line.
    pub fn read() -> Result<Self, clap::Error> {
        minus::parse(std::env::args_os().collect())
    }
}

/// Flags that every command takes.
#[derive(Debug, Flags)]
#[command(next_help_heading = "Settings")]
pub struct Global {
    /// Keep everything in this folder [env: SCROLLBACK_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Read this agent's folder instead of those found, for example claude-code=~/.claude;
    /// repeatable [env: SCROLLBACK_SOURCES]
    #[arg(long = "source", global = true, value_name = "AGENT=PATH")]
    pub sources: Vec<String>,
    /// Read settings from this file [env: SCROLLBACK_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Tell more on standard error; repeatable [env: SCROLLBACK_LOG_LEVEL]
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Colours; auto means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read everything that is on disk, once, and say whether it is complete
    Sync(Sync),
    /// Read everything, then stay up to date until Ctrl-C
    Watch(Json),
    /// Say how things are, measured now; changes nothing
    Status(Json),
    /// List sessions, the most recently active first
    Sessions(Sessions),
    /// Show one conversation
    Show(Show),
    /// Find messages
    Search(Search),
    /// Show the watcher's log
    Events(Events),
    /// Ask the running engine to wait; it keeps count of what is written meanwhile
    Pause(Pause),
    /// Ask the running engine to go on
    Resume,
    /// Ask the running engine to look at everything now
    Rescan,
    /// Prove that the archive holds what the sources hold
    Verify(Verify),
    /// Write a session's transcripts exactly as the agent wrote them
    Export(Export),
    /// Ask the database; read-only
    Sql(Sql),
    /// Look at everything Scrollback stands on, and say what to do about it; changes nothing
    Doctor(Doctor),
    /// Start the desktop app when you log in, or not, or say how that is
    Autostart(Autostart),
    /// Show every setting and where it came from
    Config(Json),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write all of them into a folder
    Man {
        /// An existing folder for scrollback.1, scrollback-sync.1 …
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Flags)]
pub struct Json {
    /// Answer as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Flags)]
pub struct Sync {
    /// First set the database aside and recover what it holds, as is done by itself where it turns
    /// out damaged
    #[arg(long)]
    pub recover: bool,
    /// Make every row anew from the archive, or those of one agent; sources need not be there
    #[arg(long, value_name = "AGENT", num_args = 0..=1, require_equals = true, conflicts_with = "recover")]
    pub anew: Option<Option<String>>,
    /// Answer as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Flags)]
pub struct Sessions {
    /// Only projects whose folder or name contains this
    #[arg(long, value_name = "TEXT")]
    pub project: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<u64>,
    /// Subagents' sessions too
    #[arg(long)]
    pub subagents: bool,
    /// Answer as JSON: one array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Flags)]
pub struct Show {
    /// A session id, the name of its file, the beginning of either, or the file's path
    pub session: String,
    /// Show everything: whole results, and records that say nothing
    #[arg(long)]
    pub full: bool,
    /// Leave control characters as they are: only for files and pipes you trust
    #[arg(long)]
    pub raw: bool,
    /// Answer as JSON: one object
    #[arg(long, conflicts_with = "raw")]
    pub json: bool,
}

#[derive(Debug, Flags)]
pub struct Search {
    /// Words, "a phrase", -not, OR, word*, project: role: after: …
    #[arg(required = true, value_name = "QUERY", value_parser = minus::restore)]
    pub query: Vec<String>,
    /// At most so many hits
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// The best or the most recent first
    #[arg(long, value_enum, default_value = "best")]
    pub sort: Order,
    /// Answer as JSON: one object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Order {
    Best,
    Recent,
}

#[derive(Debug, Flags)]
pub struct Events {
    /// Begin with the last N
    #[arg(short = 'n', value_name = "N", default_value_t = 20)]
    pub count: usize,
    /// Stay and show new ones until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// Answer as JSON: one array, or with --follow one object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Flags)]
pub struct Pause {
    /// For how long: 30m, 1h, "2h 30m"; until `resume` when it is left out
    pub duration: Option<String>,
}

#[derive(Debug, Flags)]
pub struct Verify {
    /// Unpack and compare every archived byte
    #[arg(long)]
    pub deep: bool,
    /// Answer as JSON: one object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Flags)]
pub struct Doctor {
    /// Unpack and check every archived byte too
    #[arg(long)]
    pub deep: bool,
    /// Answer as JSON: one object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Flags)]
pub struct Autostart {
    /// What to do about it
    #[arg(value_enum)]
    pub what: Switch,
    /// Answer as JSON: one object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Switch {
    /// From the next login on it starts
    On,
    /// From the next login on it does not
    Off,
    /// Changes nothing
    Status,
}

#[derive(Debug, Flags)]
pub struct Export {
    /// A session id, the name of its file, the beginning of either, or the path a transcript had on disk
    #[arg(value_name = "SESSION|PATH")]
    pub what: String,
    /// What to write: jsonl is each record once, one a line, as the agent wrote it (with a PATH: the file as it was)
    #[arg(long, value_enum, default_value = "jsonl")]
    pub format: Format,
    /// Write the session's files as they were, one by one, into the new folder that -o names; and what they were
    /// before the agent rewrote them
    #[arg(long, requires = "output", conflicts_with = "format")]
    pub transcripts: bool,
    /// Leave likely secrets as they are in md, html and json
    #[arg(long)]
    pub show_secrets: bool,
    /// Write to this new file (with --transcripts: folder), readable by you only
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// The original
    Jsonl,
    /// Markdown
    Md,
    /// One page that needs nothing else
    Html,
    /// For programs
    Json,
}

#[derive(Debug, Flags)]
pub struct Sql {
    /// One SELECT
    pub query: String,
    /// Answer as JSON: an array of objects
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Answer as CSV (RFC 4180)
    #[arg(long)]
    pub csv: bool,
    /// Leave control characters as they are: only for files and pipes you trust
    #[arg(long, conflicts_with = "json")]
    pub raw: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_declaration_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_and_after_the_command() {
        for line in [
            ["--data-dir", "/x", "status"],
            ["status", "--data-dir", "/x"],
        ] {
            let args =
                Args::try_parse_from(["scrollback"].iter().chain(&line)).expect("understood");
            assert_eq!(args.global.data_dir, Some(PathBuf::from("/x")));
        }
    }

    #[test]
    fn only_what_works_is_offered() {
        assert!(Args::try_parse_from(["scrollback", "export", "a", "--format", "pdf"]).is_err());
    }
}
