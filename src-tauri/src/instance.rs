//! One app for a data folder: a second start asks the first to show its window, and ends.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{GenericFilePath, Listener, ListenerOptions, Name, Stream};
use scrollback_engine::error::{Error, Kind, Result};
use scrollback_engine::paths::DataDir;

use crate::app::App;
use crate::launch::{self, Launch};

/// The first may just be starting, or on its way out.
const PATIENCE: Duration = Duration::from_secs(5);
/// Asks for the window as it is.
const OPEN: &str = "open";
/// A request is one short line.
const LONGEST: u64 = 1024;

/// Whether we are the first.
pub enum Instance {
    /// We are, and keep the others out.
    First(Entrance),
    /// We are not; the first has been asked.
    Second,
}

/// What the first one holds.
pub struct Entrance {
    lock: File,
    listener: Listener,
}

/// Becomes the first, or asks the one there is.
pub fn enter(data_dir: &Path, launch: &Launch) -> Result<Instance> {
    let dir = DataDir::new(data_dir);
    dir.create()?;
    let path = dir.app_lock();
    let fail = |e: io::Error| Error::io("open", &path, e);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(fail)?;
    let asked = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(fail(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if ask(&dir, launch).is_ok() {
            return Ok(Instance::Second);
        }
        if asked.elapsed() > PATIENCE {
            return Err(Error::new(
                Kind::Hung,
                "Scrollback is running already, but does not answer",
            )
            .with_remedy("end the process scrollback-desktop, then start it again"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let socket = dir.app_socket();
    let listener = open(&socket).map_err(|e| Error::io("listen at", &socket, e))?;
    Ok(Instance::First(Entrance { lock, listener }))
}

fn name(path: &Path) -> io::Result<Name<'_>> {
    path.to_fs_name::<GenericFilePath>()
}

fn open(socket: &Path) -> io::Result<Listener> {
    // We hold the lock: a socket that lies there is left over.
    let options = ListenerOptions::new()
        .name(name(socket)?)
        .try_overwrite(true);
    #[cfg(unix)]
    let options = interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
    options.create_sync()
}

fn ask(dir: &DataDir, launch: &Launch) -> io::Result<()> {
    let mut stream = Stream::connect(name(&dir.app_socket())?)?;
    stream.set_recv_timeout(Some(PATIENCE))?;
    let wish = match launch.route() {
        _ if launch.hidden => String::new(),
        None => OPEN.into(),
        Some(route) => route,
    };
    stream.write_all(format!("{wish}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    (answer == "ok\n")
        .then_some(())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

impl Entrance {
    /// Answers those who come later, for as long as the process lives.
    pub fn listen(self, app: &Arc<App>) {
        let app = Arc::clone(app);
        let thread = std::thread::Builder::new().name("instance".into());
        let answering = move || {
            let Self {
                lock: _held,
                listener,
            } = self;
            for stream in listener.incoming().flatten() {
                // One that breaks off has only itself to blame.
                let _ = answer(stream, &app);
            }
        };
        if let Err(error) = thread.spawn(answering) {
            tracing::warn!(%error, "a second start will not find this one");
        }
    }
}

fn answer(mut stream: Stream, app: &App) -> io::Result<()> {
    stream.set_recv_timeout(Some(PATIENCE))?;
    let mut wish = String::new();
    BufReader::new((&mut stream).take(LONGEST)).read_line(&mut wish)?;
    if app.leaving().is_requested() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let wish = wish.trim_end();
    if wish == OPEN {
        app.open();
    } else if let Some(page) = wish.strip_prefix("#/") {
        // As if it had come by a link: checked again.
        app.open_at(&launch::route_of(&format!("scrollback:{page}")));
    }
    stream.write_all(b"ok\n")
}
