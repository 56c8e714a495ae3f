//! The side that answers: a thread that accepts, and one for each connection.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use interprocess::local_socket::traits::{ListenerExt as _, Stream as _, StreamCommon as _};
use interprocess::local_socket::{Listener, ListenerOptions, Name, Stream};

use super::{Answer, Request};
use crate::monitor::Monitor;
use crate::stop::Stop;
use crate::sync::inbox::{Inbox, Wish};
use crate::vitals::Vitals;

/// Connections at a time, at most.
const MOST: usize = 32;
/// A request is one short line.
const LONGEST: u64 = 4096;
/// Who connects and says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Answers a subscriber may leave unread before it is let go: it reads the rest from the database.
const UNREAD: usize = 256;
/// How long a rescan may take before its asker is told to look for itself.
const RESCAN: Duration = Duration::from_secs(60);

/// What the server needs to answer.
#[derive(Debug)]
pub struct Desk {
    /// Who knows how things are.
    pub monitor: Arc<Monitor>,
    /// Who does what is asked.
    pub inbox: Arc<Inbox>,
    /// What can be seen of that. Replaced when the pipeline begins anew.
    vitals: Mutex<Arc<Vitals>>,
    /// Whether to end.
    pub stop: Stop,
    subscribers: Mutex<Vec<SyncSender<Answer>>>,
    connections: AtomicUsize,
}

impl Desk {
    /// A desk nobody has come to yet.
    pub fn new(monitor: Arc<Monitor>, inbox: Arc<Inbox>, vitals: Arc<Vitals>, stop: Stop) -> Self {
        Self {
            monitor,
            inbox,
            vitals: Mutex::new(vitals),
            stop,
            subscribers: Mutex::default(),
            connections: AtomicUsize::new(0),
        }
    }

    /// A new pipeline has taken over.
    pub fn attach(&self, vitals: Arc<Vitals>) {
        *self.vitals.lock().unwrap_or_else(PoisonError::into_inner) = vitals;
    }

    /// The signs of life of the pipeline there is now.
    pub fn vitals(&self) -> Arc<Vitals> {
        Arc::clone(&self.vitals.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells everyone who listens. Those who do not keep up are let go.
    pub fn tell(&self, answer: &Answer) {
        let mut subscribers = self
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| match subscriber.try_send(answer.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        });
    }

    fn subscribe(&self) -> Receiver<Answer> {
        let (tell, hear) = sync_channel(UNREAD);
        let mut subscribers = self
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        subscribers.push(tell);
        hear
    }

    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::Status | Request::Subscribe => Answer::Status(Box::new(self.monitor.status())),
            Request::Pause { until_ms } => self.pause(Some(*until_ms)),
            Request::Resume => self.pause(None),
            Request::Rescan => self.rescan(),
        }
    }

    /// Pauses until a time, if not for ever; or goes on.
    fn pause(&self, wanted: Option<Option<i64>>) -> Answer {
        self.inbox.wish(match wanted {
            Some(until_ms) => Wish::Pause(until_ms),
            None => Wish::Resume,
        });
        self.wait(PATIENCE, |vitals| vitals.signs().paused == wanted)
    }

    /// Done when a sweep that began after the wish has ended and what it found is taken in.
    fn rescan(&self) -> Answer {
        let vitals = self.vitals();
        // One may be under way that has passed the file the asker thinks of.
        let before = vitals.signs().sweeps_begun;
        self.inbox.wish(Wish::Rescan);
        self.wait(RESCAN, |vitals| {
            let signs = vitals.signs();
            signs.sweeps > before && (!signs.has_work || signs.paused.is_some())
        })
    }

    fn wait(&self, limit: Duration, is_done: impl Fn(&Vitals) -> bool) -> Answer {
        const STEP: Duration = Duration::from_millis(2);
        let started = Instant::now();
        let vitals = self.vitals();
        while !is_done(&vitals) {
            if started.elapsed() > limit || self.stop.is_requested() {
                return Answer::Refused {
                    message: "the engine is busy; it will do it as soon as it can".into(),
                };
            }
            std::thread::sleep(STEP);
        }
        Answer::Done
    }
}

/// The open socket; dropping it closes it.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    desk: Arc<Desk>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at `path`. The caller holds the engine's lock, so a socket that lies there already is
    /// left over from a crash.
    ///
    /// # Errors
    /// The system gives us no socket there.
    pub fn open(path: &Path, desk: Arc<Desk>) -> io::Result<Self> {
        let options = ListenerOptions::new().name(name(path)?).try_overwrite(true);
        #[cfg(unix)]
        let options =
            interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
        let listener = options.create_sync()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        }
        let serving = Arc::clone(&desk);
        let accepting = std::thread::Builder::new()
            .name("control".into())
            .spawn(move || accept(&listener, &serving))?;
        Ok(Self {
            path: path.to_owned(),
            desk,
            accepting: Some(accepting),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.desk.stop.request();
        // Wakes the one who accepts; it sees that it is to end, and takes the socket with it.
        let woken = name(&self.path).and_then(Stream::connect);
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            // How it ended changes nothing any more.
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &Listener, desk: &Arc<Desk>) {
    for stream in listener.incoming() {
        if desk.stop.is_requested() {
            return;
        }
        let Ok(stream) = stream else { continue };
        if desk.connections.load(Ordering::SeqCst) >= MOST || !is_ours(&stream) {
            continue;
        }
        desk.connections.fetch_add(1, Ordering::SeqCst);
        let serving = Arc::clone(desk);
        let thread = std::thread::Builder::new().name("control answer".into());
        let spawned = thread.spawn(move || {
            // Who hangs up does not want to know.
            let _ = serve(stream, &serving);
            serving.connections.fetch_sub(1, Ordering::SeqCst);
        });
        if spawned.is_err() {
            desk.connections.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Whether the one who connects is the user we run as. Elsewhere the socket's own access list says so.
#[cfg(unix)]
fn is_ours(stream: &Stream) -> bool {
    let peer = stream.peer_creds().ok().and_then(|peer| peer.euid());
    peer == Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_ours(_: &Stream) -> bool {
    true
}

fn serve(stream: Stream, desk: &Desk) -> io::Result<()> {
    // Not every system can bound reading; the number of connections is bounded anyway.
    let _ = stream.set_recv_timeout(Some(PATIENCE));
    let _ = stream.set_send_timeout(Some(PATIENCE));
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    (&mut reader).take(LONGEST).read_line(&mut line)?;
    let mut out = reader.into_inner();
    let request = match serde_json::from_str::<Request>(&line) {
        Ok(request) => request,
        Err(error) => {
            let message = format!("not a request ({:?} error)", error.classify());
            return write(&mut out, &Answer::Refused { message });
        }
    };
    if !waits(&mut out) {
        // It was told that nobody answers, perhaps while the machine slept: what it asked for then is
        // not what it wants now.
        return Ok(());
    }
    let news = (request == Request::Subscribe).then(|| desk.subscribe());
    write(&mut out, &desk.answer(&request))?;
    let Some(news) = news else { return Ok(()) };
    while !desk.stop.is_requested() {
        match news.recv_timeout(PATIENCE) {
            Ok(answer) => write(&mut out, &answer)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(())
}

/// Whether the one who asked still waits for the answer.
fn waits(stream: &mut Stream) -> bool {
    let mut byte = [0];
    let said = stream
        .set_nonblocking(true)
        .and_then(|()| stream.read(&mut byte));
    let is_there = match said {
        Ok(more) => more > 0,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    };
    is_there && stream.set_nonblocking(false).is_ok()
}

fn write(out: &mut Stream, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    out.write_all(&line)
}

/// The socket's name as the system wants it: a file, or on Windows a pipe of the same name.
pub(super) fn name(path: &Path) -> io::Result<Name<'static>> {
    #[cfg(unix)]
    {
        use interprocess::local_socket::{GenericFilePath, ToFsName as _};
        path.to_owned().to_fs_name::<GenericFilePath>()
    }
    #[cfg(not(unix))]
    {
        use interprocess::local_socket::{GenericNamespaced, ToNsName as _};
        let name = path.file_name().unwrap_or_default().to_owned();
        name.to_ns_name::<GenericNamespaced>()
    }
}
