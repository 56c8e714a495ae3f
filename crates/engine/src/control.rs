//! How faces in other processes speak with the running engine: a local socket, one JSON object a
//! line, one request a connection.
//!
//! Only the user who runs the engine is answered: the socket can be opened by nobody else, and who
//! connects is asked of the system. There is no network.

mod client;
mod server;

use serde::{Deserialize, Serialize};

use crate::health::State;
use crate::model::{EventRow, Status};

pub use client::{Stream, ask, subscribe};
pub use server::{Desk, Server};

/// What one can ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Request {
    /// How are things?
    Status,
    /// Take nothing in, until a time (milliseconds since the epoch) or for ever.
    Pause {
        /// When it ends by itself.
        until_ms: Option<i64>,
    },
    /// Go on.
    Resume,
    /// Look at everything now; answered when that is done.
    Rescan,
    /// Say what happens, until the connection closes.
    Subscribe,
}

/// What comes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// How things are.
    Status(Box<Status>),
    /// It is done.
    Done,
    /// The request was not understood, or cannot be fulfilled.
    Refused {
        /// Why.
        message: String,
    },
    /// A change was committed.
    Event(EventRow),
    /// The state is another one now.
    Health {
        /// The state.
        state: State,
        /// One sentence a person understands.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_answers_read_as_documented() {
        let json = |request: &Request| serde_json::to_string(request).expect("JSON");
        assert_eq!(json(&Request::Status), r#"{"command":"status"}"#);
        assert_eq!(
            json(&Request::Pause { until_ms: None }),
            r#"{"command":"pause","until_ms":null}"#
        );
        let pause: Request = serde_json::from_str(r#"{"command":"pause"}"#).expect("read");
        assert_eq!(pause, Request::Pause { until_ms: None });
        assert!(serde_json::from_str::<Request>(r#"{"command":"delete"}"#).is_err());
    }
}
