//! From entries to a plan: which rows a batch becomes. Pure: no clock, no disk, no database.

use std::collections::HashMap;

use crate::entry::{Entry, Fact, Message};
use crate::store::{
    Answer, Blob, Call, Cut, Form, NewMessage, NewReject, RecordKind, SessionChange, Shard,
    content_hash, millis,
};
use crate::sync::parse::{Parsed, Reason, What};
use crate::transcript::{Batch, Content, Origin, Span};

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
    /// Titles for whichever session holds a message: its key and the title.
    pub summaries: Vec<(String, String)>,
    /// Subagents started: the child's session id, the parent's, and the call.
    pub started: Vec<(String, String, Option<String>)>,
}

/// A message and where it is said.
#[derive(Debug)]
pub struct PlannedMessage {
    /// Index into [`Plan::sessions`].
    pub session: usize,
    /// Byte in the transcript.
    pub offset: u64,
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

/// Decides what a batch becomes.
pub fn transform(origin: &Origin, batch: &Batch, parsed: Parsed, parser_version: u32) -> Plan {
    let mut draft = Draft {
        origin,
        goes_on: batch.content == Content::Oversized { goes_on: true },
        plan: Plan::default(),
        places: HashMap::new(),
        counted: HashMap::new(),
    };
    for piece in parsed.pieces {
        let span = piece.span;
        match piece.what {
            What::Blank => draft.record(span, RecordKind::Blank, None),
            What::Reject(reason) => draft.reject(span, reason, parser_version),
            What::Entry(entry) => {
                let start = (span.offset - batch.offset) as usize;
                let raw = &batch.bytes[start..start + span.len as usize];
                let message = draft.entry(*entry, raw, span.offset);
                draft.record(span, RecordKind::Entry, message);
            }
        }
    }
    if let Some(entry) = parsed.unterminated {
        draft.entry(*entry, &batch.unterminated, batch.after.offset);
    }
    draft.plan
}

struct Draft<'a> {
    origin: &'a Origin,
    /// The batch is a further piece of one line.
    goes_on: bool,
    plan: Plan,
    /// Session id → index into the plan's sessions.
    places: HashMap<String, usize>,
    /// API response → index of the message that counts its tokens.
    counted: HashMap<String, usize>,
}

impl Draft<'_> {
    fn record(&mut self, span: Span, kind: RecordKind, message: Option<usize>) {
        self.plan.records.push(PlannedRecord {
            span,
            kind,
            message,
        });
    }

    fn reject(&mut self, span: Span, reason: Reason, parser_version: u32) {
        self.record(span, RecordKind::Reject, None);
        self.plan.rejects.push(NewReject {
            span,
            reason: reason.word(),
            parser_version,
            goes_on: self.goes_on,
        });
    }

    /// Takes in one entry; the index of its message when it has one.
    fn entry(&mut self, entry: Entry, raw: &[u8], offset: u64) -> Option<usize> {
        let Entry {
            kind,
            session,
            message,
            facts,
            timestamp,
            env,
            ..
        } = entry;
        let is_about_session = session.is_some() || message.is_some() || self.origin.is_subagent;
        let key = session.unwrap_or_else(|| self.origin.session.clone());
        for fact in facts {
            self.fact(&key, fact);
        }
        if !is_about_session {
            return None;
        }
        let time_ms = timestamp.as_deref().and_then(millis);
        if let Some(parent) = &self.origin.parent_session {
            self.session(parent);
        }
        let place = self.session(&key);
        let change = &mut self.plan.sessions[place];
        change.has_records = true;
        change.is_home |= self.origin.is_home_of(&key);
        change.is_subagent |= self.origin.is_subagent;
        change
            .parent_by_place
            .clone_from(&self.origin.parent_session);
        if change.project_path.is_none() {
            change.project_path.clone_from(&env.working_dir);
        }
        if env.git_branch.is_some() && change.git_branch != env.git_branch {
            change.git_branch.clone_from(&env.git_branch);
        }
        change.first_ms = earliest(change.first_ms, time_ms);
        change.last_ms = change.last_ms.max(time_ms);
        let mut message = message?;
        // Names in angle brackets stand for text the agent itself wrote.
        if let Some(model) = message
            .model
            .as_ref()
            .filter(|model| !model.starts_with('<'))
            && change.model.as_ref() != Some(model)
        {
            change.model = Some(model.clone());
        }
        if let (Some(title), None) = (message.title_text.take(), &change.first_prompt)
            && (self.origin.is_subagent || !message.is_sidechain)
        {
            change.first_prompt = Some((title, time_ms.unwrap_or(i64::MAX)));
        }
        let row = new_message(&key, kind, message, time_ms, env, raw);
        Some(self.add(place, offset, row))
    }

    fn add(&mut self, session: usize, offset: u64, mut message: NewMessage) -> usize {
        let index = self.plan.messages.len();
        if let Some(usage) = message.usage.take() {
            match self.counted.get(&usage.response) {
                None => {
                    self.counted.insert(usage.response.clone(), index);
                    message.usage = Some(usage);
                }
                Some(first) => {
                    if let Some(sum) = self.plan.messages[*first].message.usage.as_mut() {
                        sum.input = sum.input.max(usage.input);
                        sum.output = sum.output.max(usage.output);
                        sum.cache_creation = sum.cache_creation.max(usage.cache_creation);
                        sum.cache_read = sum.cache_read.max(usage.cache_read);
                    }
                }
            }
        }
        self.plan.messages.push(PlannedMessage {
            session,
            offset,
            message,
        });
        index
    }

    fn fact(&mut self, key: &str, fact: Fact) {
        match fact {
            Fact::CustomTitle(title) => self.change(key).custom_title = Some(title),
            Fact::AgentTitle(title) => self.change(key).agent_title = Some(title),
            Fact::Queue(_) => {}
            Fact::ForkedFrom(origin) => self.change(key).forked_from = Some(origin),
            Fact::Summary { leaf, text } => self.plan.summaries.push((leaf, text)),
            Fact::Parent {
                session,
                tool_use,
                subagent_type,
            } => {
                if let Some(parent) = &session {
                    // The parent may have no transcript any more; it is a session all the same.
                    self.session(parent);
                }
                let change = self.change(key);
                change.parent = session.or(change.parent.take());
                change.started_by = tool_use.or(change.started_by.take());
                change.subagent_type = subagent_type.or(change.subagent_type.take());
            }
            Fact::Started { child, tool_use } => {
                self.plan.started.push((child, key.to_owned(), tool_use));
            }
        }
    }

    fn change(&mut self, key: &str) -> &mut SessionChange {
        let place = self.session(key);
        &mut self.plan.sessions[place]
    }

    /// Index of a session in the plan.
    fn session(&mut self, key: &str) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = self.plan.sessions.len();
        self.plan.sessions.push(SessionChange {
            key: key.to_owned(),
            ..SessionChange::default()
        });
        self.places.insert(key.to_owned(), place);
        place
    }
}

fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn new_message(
    session: &str,
    kind: String,
    message: Message,
    time_ms: Option<i64>,
    env: crate::entry::Env,
    raw: &[u8],
) -> NewMessage {
    let attachments: Vec<Blob> = message
        .attachments
        .into_iter()
        .map(|a| Blob {
            kind: a.kind,
            filename: a.filename,
            mime_type: a.mime_type,
            content: a.data.map(|data| (content_hash(&data), data)),
        })
        .collect();
    let mut row = NewMessage {
        key: message.key.unwrap_or_else(|| derived_key(session, raw)),
        parent: message.parent,
        kind,
        role: message.role,
        model: message.model,
        time_ms,
        env,
        is_sidechain: message.is_sidechain,
        is_meta: message.is_meta,
        shard: None,
        body_hash: 0,
        usage: message.usage,
        user_text: message.user_text,
        assistant_text: message.assistant_text,
        thinking_text: message.thinking_text,
        event_text: message.event_text,
        tool_uses: message.tool_uses.into_iter().map(Call::from).collect(),
        tool_results: message.tool_results.into_iter().map(Answer::from).collect(),
        attachments,
    };
    row.body_hash = body_hash(&row);
    row.shard = shard(&row);
    row
}

/// The same line of the same session has the same key, however often and with whatever white space
/// around it it is written.
fn derived_key(session: &str, raw: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(session.as_bytes())
        .update(&[0])
        .update(raw.trim_ascii());
    format!("derived-{}", &hasher.finalize().to_hex()[..32])
}

/// Recognises the same content again, whatever session, folder or branch a copy was stamped with.
/// The time belongs to it: copies keep it, and two records that differ in it are not copies.
fn body_hash(row: &NewMessage) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3Default::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(row.kind.as_bytes());
    add(&row.time_ms.unwrap_or(0).to_le_bytes());
    add(row.user_text.as_bytes());
    add(row.assistant_text.as_bytes());
    add(row.thinking_text.as_bytes());
    add(row.event_text.as_bytes());
    for call in &row.tool_uses {
        add(call.key.as_bytes());
        add(call.parameters.text.as_bytes());
    }
    for answer in &row.tool_results {
        add(answer.tool_use.as_bytes());
        add(answer.output.text.as_bytes());
    }
    for blob in &row.attachments {
        add(blob.content.as_ref().map_or(&[], |(hash, _)| hash));
    }
    hasher.digest()
}

/// Where a message is indexed: with the prose when anyone says, thinks or shows something in it.
fn shard(row: &NewMessage) -> Option<Shard> {
    let says = [&row.user_text, &row.assistant_text, &row.thinking_text];
    if says.iter().any(|text| !text.is_empty())
        || !row.attachments.is_empty() && row.tool_results.is_empty()
    {
        Some(Shard::Prose)
    } else if row.event_text.is_empty() && row.tool_uses.is_empty() && row.tool_results.is_empty() {
        None
    } else if row.body_hash & 1 == 0 {
        Some(Shard::ToolsA)
    } else {
        Some(Shard::ToolsB)
    }
}
