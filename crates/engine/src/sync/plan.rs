//! The rows a batch becomes, as [`super::transform`] decides and [`super::execute`] writes them.

use crate::store::{Cut, Form, NewMessage, NewReject, RecordKind, SessionChange};
use crate::transcript::{Context, Span};

/// The rows of one batch, in the order they are written.
#[derive(Debug, Default)]
pub struct Plan {
    /// Sessions the batch speaks of.
    pub sessions: Vec<SessionChange>,
    /// Messages, each with the session that says it.
    pub messages: Vec<PlannedMessage>,
    /// Spans that tile the batch.
    pub records: Vec<PlannedRecord>,
    /// Spans that could not be read.
    pub rejects: Vec<NewReject>,
    /// Titles for whichever session holds a message: where that is said, the message's key, the title.
    pub summaries: Vec<(u64, String, String)>,
    /// Subagents started.
    pub started: Vec<Started>,
    /// What becomes of prompts that wait.
    pub queue: Vec<PlannedQueue>,
    /// Messages that wait for their newline: indexes into `messages`.
    pub waiting: Vec<usize>,
    /// What the next batch must know.
    pub context: Context,
}

/// A subagent is started.
#[derive(Debug)]
pub struct Started {
    /// Byte in the transcript that says so.
    pub offset: u64,
    /// The subagent's id.
    pub child: String,
    /// The session that starts it.
    pub parent: String,
    /// The call.
    pub call: Option<String>,
}

/// What becomes of prompts that wait.
#[derive(Debug)]
pub struct PlannedQueue {
    /// Whose queue: index into the plan's sessions.
    pub session: usize,
    /// It happens before this message of the plan.
    pub before: usize,
    /// Byte in the transcript that says so.
    pub offset: u64,
    /// What happens.
    pub change: Taken,
}

/// Who takes prompts that wait.
#[derive(Debug)]
pub enum Taken {
    /// Who typed them, all of them.
    Back,
    /// The model, in the middle of its turn: the one with these words, by their hash.
    In(Option<u64>),
}

/// A message and where it is said.
#[derive(Debug)]
pub struct PlannedMessage {
    /// Index into [`Plan::sessions`].
    pub session: usize,
    /// Byte in the transcript.
    pub offset: u64,
    /// The record says itself that it is a copy.
    pub is_fork: bool,
    /// The message.
    pub message: NewMessage,
}

/// A span and what became of it.
#[derive(Debug)]
pub struct PlannedRecord {
    /// Where it is.
    pub span: Span,
    /// What became of it.
    pub kind: RecordKind,
    /// Index into [`Plan::messages`].
    pub message: Option<usize>,
    /// Index into [`Plan::sessions`], where it says which it is of.
    pub session: Option<usize>,
}

impl Plan {
    /// The contents that have rows of their own and may stand in the raw bytes of a batch that
    /// begins at `offset`.
    pub fn cuts(&self, offset: u64) -> Vec<Cut<'_>> {
        let mut cuts = Vec::new();
        for record in &self.records {
            let Some(planned) = record.message.map(|index| &self.messages[index]) else {
                continue;
            };
            let start = (record.span.offset - offset) as usize;
            let within = start..start + record.span.len as usize;
            let mut cut = |form, hash, content| {
                cuts.push(Cut {
                    within: within.clone(),
                    form,
                    hash,
                    content,
                });
            };
            for call in &planned.message.tool_uses {
                if let Some(hash) = call.parameters.hash {
                    cut(Form::Verbatim, hash, call.parameters.text.as_bytes());
                }
            }
            for answer in &planned.message.tool_results {
                if let Some(hash) = answer.output.hash {
                    cut(Form::JsonText, hash, answer.output.text.as_bytes());
                }
            }
            for blob in &planned.message.attachments {
                if let Some((hash, content)) = &blob.content {
                    cut(Form::Base64, *hash, content);
                }
            }
        }
        cuts
    }
}
