//! Ctrl-C, SIGTERM and SIGHUP ask for a clean end; asked twice, we go at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scrollback_engine::error::{Error, Kind};
use scrollback_engine::stop::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::INTERRUPTED;

/// Signals this close together are one: `timeout` signals its child and then the whole group, and a
/// supervisor passes on the Ctrl-C that the terminal has sent us already.
const SAME: Duration = Duration::from_millis(250);

/// A request to stop that the signals make.
pub fn stop() -> Result<Stop, Error> {
    let stop = Stop::default();
    listen(&stop).map_err(|error| {
        Error::new(Kind::Io, format!("could not listen for signals: {error}")).caused_by(error)
    })?;
    Ok(stop)
}

fn listen(stop: &Stop) -> io::Result<()> {
    let is_armed = Arc::new(AtomicBool::new(false));
    for signal in signals() {
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&is_armed))?;
    }
    let first = first()?;
    let stop = stop.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            first();
            stop.request();
            std::thread::sleep(SAME);
            is_armed.store(true, Ordering::SeqCst);
        })?;
    Ok(())
}

#[cfg(unix)]
fn signals() -> Vec<i32> {
    let mut signals = vec![SIGINT, SIGTERM];
    if !hangup_is_ignored() {
        signals.push(signal_hook::consts::SIGHUP);
    }
    signals
}

#[cfg(not(unix))]
fn signals() -> Vec<i32> {
    vec![SIGINT, SIGTERM]
}

/// `nohup scrollback watch &` means: stay when the terminal goes. Our handler would undo that, so
/// where the system tells (Linux), a SIGHUP that is ignored stays ignored.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & (1 << (signal_hook::consts::SIGHUP - 1)) != 0)
}

/// Waits for the first signal. A handler may not stop the engine itself: only a few calls are safe
/// there.
#[cfg(unix)]
fn first() -> io::Result<impl FnOnce() + Send> {
    let mut arriving = signal_hook::iterator::Signals::new(signals())?;
    Ok(move || {
        arriving.forever().next();
    })
}

#[cfg(not(unix))]
fn first() -> io::Result<impl FnOnce() + Send> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in signals() {
        flag::register(signal, Arc::clone(&asked))?;
    }
    Ok(move || {
        while !asked.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(100));
        }
    })
}
