//! The side that asks.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use interprocess::local_socket::traits::Stream as _;

use super::server::name;
use super::{Answer, Request};
use crate::health::Silence;

/// Asks the engine that listens at `path`, for at most `limit`.
pub fn ask(path: &Path, request: &Request, limit: Duration) -> Result<Answer, Silence> {
    let (tell, hear) = channel();
    let (path, request) = (path.to_owned(), request.clone());
    // Not every system can bound connecting, so the whole of it is left behind when it takes too long.
    std::thread::spawn(move || {
        let answer = connect(&path, &request).and_then(|mut stream| stream.next_answer());
        // Nobody listens after the limit.
        let _ = tell.send(answer);
    });
    match hear.recv_timeout(limit) {
        Ok(Ok(Some(answer))) => Ok(answer),
        Ok(Err(e)) if is_absent(&e) => Err(Silence::Absent),
        Ok(Ok(None) | Err(_)) | Err(_) => Err(Silence::Silent),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

/// Listens to what happens from now on.
///
/// # Errors
/// Nobody listens, or we may not speak with them.
pub fn subscribe(path: &Path) -> io::Result<Stream> {
    connect(path, &Request::Subscribe)
}

fn connect(path: &Path, request: &Request) -> io::Result<Stream> {
    let mut stream = interprocess::local_socket::Stream::connect(name(path)?)?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    Ok(Stream(BufReader::new(stream)))
}

/// Answers as they come.
#[derive(Debug)]
pub struct Stream(BufReader<interprocess::local_socket::Stream>);

impl Stream {
    /// Waits for the next answer; `None` when the engine has gone.
    ///
    /// # Errors
    /// The connection broke, or what came makes no sense.
    pub fn next_answer(&mut self) -> io::Result<Option<Answer>> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&line)?))
    }
}
