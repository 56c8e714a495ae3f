//! How the process ends: every exit code and every error line is decided here.

use std::error::Error as _;
use std::io;

use scrollback_engine::error::{Error, Kind};
use scrollback_engine::health::State;

use crate::output::paint::{self, Paint};
use crate::output::{ColorChoice, sanitize};

/// All is well.
pub const FINE: u8 = 0;
/// Degraded, a check failed, or the command could not do its work.
pub const FAILED: u8 = 1;
/// The engine is stalled.
pub const STALLED: u8 = 2;
/// No engine runs.
pub const STOPPED: u8 = 3;
/// The engine hangs; a service manager starts another (EX_TEMPFAIL of sysexits.h).
pub const HUNG: u8 = 75;
/// The command line or a setting is wrong.
pub const USAGE: u8 = 64;
/// A second signal: what the shell shows for a program ended by Ctrl-C.
pub const INTERRUPTED: i32 = 130;

/// The code of `scrollback status`.
pub fn of_state(state: State) -> u8 {
    match state {
        State::Live | State::Idle | State::CatchingUp | State::Starting | State::Paused => FINE,
        State::Degraded => FAILED,
        State::Stalled => STALLED,
        State::Stopped => STOPPED,
    }
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub enum Failure {
    /// Nothing was begun: an argument or a setting is wrong.
    Usage(Error),
    /// The engine could not do it.
    Engine(Error),
    /// The answer could not be written to standard output.
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// An argument that clap could not judge.
    pub fn usage(message: &str, remedy: &str) -> Self {
        Self::Usage(Error::new(Kind::Usage, message).with_remedy(remedy))
    }

    /// Says what happened and what to do, and gives the exit code.
    pub fn report(&self, color: ColorChoice) -> u8 {
        if self.is_broken_pipe() {
            // The reader has seen enough (`| head`); that is no failure of ours.
            return FINE;
        }
        let paint = Paint::for_stderr(color);
        let (message, remedy) = match self {
            Self::Usage(error) | Self::Engine(error) => (error.to_string(), error.remedy()),
            Self::Output(error) => (format!("could not write the answer: {error}"), None),
        };
        eprintln!(
            "{} {}",
            paint.apply(paint::BAD, "scrollback:"),
            sanitize::line(&message)
        );
        if let Some(remedy) = remedy {
            eprintln!("  → {}", sanitize::line(remedy));
        }
        self.code()
    }

    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Engine(error) => match error.kind() {
                // The command line was right; what it asked for does not exist.
                Kind::Usage => FAILED,
                Kind::NotRunning => STOPPED,
                Kind::Hung => HUNG,
                Kind::AlreadyRunning
                | Kind::NoSources
                | Kind::NotFound
                | Kind::Database
                | Kind::Damaged
                | Kind::Busy
                | Kind::DiskFull
                | Kind::Io
                | Kind::Stopped => FAILED,
            },
            Self::Output(_) => FAILED,
        }
    }

    fn is_broken_pipe(&self) -> bool {
        let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        match self {
            Self::Usage(_) => false,
            Self::Output(error) => broken(error),
            Self::Engine(error) => {
                let mut cause = error.source();
                while let Some(error) = cause {
                    if error.downcast_ref::<io::Error>().is_some_and(broken) {
                        return true;
                    }
                    cause = error.source();
                }
                false
            }
        }
    }
}

/// Prints help, version or what is wrong with the command line. clap would exit with 2, which is
/// `stalled` here.
pub fn usage(error: &clap::Error) -> u8 {
    // Nobody is left to tell when this cannot be written.
    let _ = error.print();
    if error.use_stderr() { USAGE } else { FINE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_exit_64_but_an_unknown_session_exits_1() {
        let error = || Error::new(Kind::Usage, "no session begins with abc");
        assert_eq!(Failure::Usage(error()).code(), USAGE);
        assert_eq!(Failure::Engine(error()).code(), FAILED);
    }

    #[test]
    fn a_broken_pipe_is_recognised_below_an_engine_error() {
        let cause = io::Error::from(io::ErrorKind::BrokenPipe);
        let error = Error::new(Kind::Io, "could not write").caused_by(cause);
        assert!(Failure::from(error).is_broken_pipe());
        assert!(!Failure::from(Error::new(Kind::Io, "could not write")).is_broken_pipe());
    }

    #[test]
    fn every_state_has_the_code_of_the_contract() {
        let codes = [
            (State::Live, 0),
            (State::Idle, 0),
            (State::CatchingUp, 0),
            (State::Starting, 0),
            (State::Paused, 0),
            (State::Degraded, 1),
            (State::Stalled, 2),
            (State::Stopped, 3),
        ];
        for (state, code) in codes {
            assert_eq!(of_state(state), code, "{state:?}");
        }
    }
}
