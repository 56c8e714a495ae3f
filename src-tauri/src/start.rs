//! From the first line of `main` to the loop that waits for wishes.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use clap::Parser as _;
use scrollback_engine::error::{Error, Kind};
use scrollback_engine::log;

use crate::app::{App, Wish};
use crate::instance::{self, Instance};
use crate::launch::Launch;
use crate::{graphics, tray, verdict, window};

/// The command line or a setting is wrong, as for `scrollback`.
const USAGE: u8 = 64;

/// Runs the app to its end.
pub fn run() -> ExitCode {
    let launch = match Launch::try_parse() {
        Ok(launch) => launch,
        Err(error) => {
            // Help and version are no errors; nobody reads us when this fails.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match start(launch) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scrollback-desktop: {error}");
            if let Some(remedy) = error.remedy() {
                eprintln!("  {remedy}");
            }
            ExitCode::from(if error.kind() == Kind::Usage {
                USAGE
            } else {
                1
            })
        }
    }
}

fn start(launch: Launch) -> Result<(), Error> {
    if !has_display() {
        return Err(Error::new(
            Kind::Usage,
            "there is no display to show a window or an icon on",
        )
        .with_remedy("start it from a desktop, or run `scrollback watch`, which needs none"));
    }
    let config = launch.config()?;
    only_for_us();
    log::start(&config.data_dir, config.log_level);
    graphics::prepare(&config);
    let instance = match instance::enter(&config.data_dir, &launch)? {
        Instance::First(entrance) => entrance,
        Instance::Second => return Ok(()),
    };
    let (wish, wishes) = channel();
    let app = App::new(launch, config, wish);
    instance.listen(&app);
    on_signals(&app)?;
    app.begin_unless_first_run();
    match app.launch().route() {
        _ if app.launch().hidden => {}
        None => app.open(),
        Some(route) => app.open_at(&route),
    }
    serve(&app, wishes);
    Ok(())
}

/// Waits for the first wish for a window without a web engine, where the tray can do without it.
#[cfg(target_os = "linux")]
fn serve(app: &Arc<App>, wishes: Receiver<Wish>) {
    verdict::start(app, tray::raise(app));
    match wishes.recv() {
        Ok(open @ Wish::Open(_)) => window::run(app, Some(open), wishes),
        Ok(Wish::Quit) | Err(_) => app.end(),
    }
}

/// The tray lives in the same loop as the windows.
#[cfg(not(target_os = "linux"))]
fn serve(app: &Arc<App>, wishes: Receiver<Wish>) {
    window::run(app, None, wishes);
}

#[cfg(target_os = "linux")]
fn has_display() -> bool {
    graphics::is_set("WAYLAND_DISPLAY") || graphics::is_set("DISPLAY")
}

#[cfg(not(target_os = "linux"))]
fn has_display() -> bool {
    true
}

/// What we write is nobody else's business, whoever creates it.
fn only_for_us() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Ctrl-C and SIGTERM are a clean quit.
fn on_signals(app: &Arc<App>) -> Result<(), Error> {
    let fail =
        |e: std::io::Error| Error::new(Kind::Io, format!("could not listen for signals: {e}"));
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let mut arriving =
            signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(fail)?;
        let app = Arc::clone(app);
        let waiting = move || {
            if arriving.forever().next().is_some() {
                app.quit();
            }
        };
        let thread = std::thread::Builder::new().name("signals".into());
        thread.spawn(waiting).map_err(fail)?;
    }
    #[cfg(not(unix))]
    let _ = (app, fail);
    Ok(())
}
