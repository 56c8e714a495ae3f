//! `scrollback`: the command line. Arguments in, one question to the engine, an answer out.

mod args;
mod commands;
mod exit;
mod output;
mod signals;

use std::process::ExitCode;

fn main() -> ExitCode {
    let code = match args::Args::read() {
        Ok(args) => {
            let color = args.global.color;
            commands::run(args).unwrap_or_else(|failure| failure.report(color))
        }
        Err(error) => exit::usage(&error),
    };
    ExitCode::from(code)
}
