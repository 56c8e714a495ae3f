//! From entries to a plan: which rows a batch becomes. Pure: no clock, no disk, no database.

use std::collections::HashMap;

use crate::entry::{Entry, Fact, Message, QueueChange, Role};
use crate::store::{
    Answer, Blob, Call, Named, NewMessage, NewReject, RecordKind, SessionChange, SessionName,
    SessionPart, Shard, Tokens, content_hash, earliest, first_said, known_as, millis,
};
use crate::sync::parse::{Parsed, Reason, What};
use crate::sync::plan::{Plan, PlannedMessage, PlannedQueue, PlannedRecord, Started, Taken};
use crate::text::loose;
use crate::transcript::{Batch, Content, Context, Origin, Run, Span};

/// The kind of what is no record.
const UNREADABLE: &str = "unreadable";

/// Decides what a batch becomes. `context`: what stands before it.
pub fn transform(
    origin: &Origin,
    batch: &Batch,
    parsed: Parsed,
    parser_version: u32,
    context: Context,
) -> Plan {
    let mut draft = Draft {
        origin,
        goes_on: batch.content == Content::Oversized { goes_on: true },
        plan: Plan {
            context,
            ..Plan::default()
        },
        places: HashMap::new(),
    };
    let text = |span: Span, bytes: &'_ [u8], from: u64| {
        let start = (span.offset - from) as usize;
        bytes[start..start + span.len as usize].to_vec()
    };
    for piece in parsed.pieces {
        let span = piece.span;
        match piece.what {
            What::Blank => draft.record(span, RecordKind::Blank, (None, None)),
            What::Reject(reason) => {
                let raw = text(span, &batch.bytes, batch.offset);
                draft.reject(span, reason, &raw, parser_version);
            }
            What::Entry(entry) => {
                let start = (span.offset - batch.offset) as usize;
                let raw = &batch.bytes[start..start + span.len as usize];
                let what = draft.entry(*entry, raw, span.offset);
                draft.record(span, RecordKind::Entry, what);
            }
        }
    }
    // What waits is read again with its newline, and must not be counted as read before.
    let context = draft.plan.context.clone();
    let changes = draft.plan.queue.len();
    for piece in parsed.waiting {
        let raw = text(piece.span, &batch.unterminated, batch.after.offset);
        let message = match piece.what {
            What::Blank => None,
            What::Reject(_) => draft.unreadable(&raw, piece.span.offset).0,
            What::Entry(entry) => draft.entry(*entry, &raw, piece.span.offset).0,
        };
        draft.plan.waiting.extend(message);
    }
    draft.plan.context = context;
    draft.plan.queue.truncate(changes);
    draft.plan
}

struct Draft<'a> {
    origin: &'a Origin,
    /// The batch is a further piece of one line.
    goes_on: bool,
    plan: Plan,
    /// Session → index into the plan's sessions.
    places: HashMap<SessionName, usize>,
}

impl Draft<'_> {
    fn record(
        &mut self,
        span: Span,
        kind: RecordKind,
        (message, session): (Option<usize>, Option<usize>),
    ) {
        self.plan.records.push(PlannedRecord {
            span,
            kind,
            message,
            session,
        });
    }

    fn reject(&mut self, span: Span, reason: Reason, raw: &[u8], parser_version: u32) {
        let what = self.unreadable(raw, span.offset);
        self.record(span, RecordKind::Reject, what);
        self.plan.rejects.push(NewReject {
            span,
            reason: reason.word(),
            parser_version,
            goes_on: self.goes_on,
        });
    }

    /// Bytes that are no record, but may hold words: these are shown and found as what they are.
    fn unreadable(&mut self, raw: &[u8], offset: u64) -> (Option<usize>, Option<usize>) {
        let words = loose::readable(raw);
        if words.is_empty() {
            return (None, None);
        }
        let entry = Entry {
            kind: UNREADABLE.into(),
            message: Some(Message {
                event_text: words,
                is_sidechain: self.origin.is_subagent,
                ..Message::default()
            }),
            ..Entry::default()
        };
        self.entry(entry, raw, offset)
    }

    /// Takes in one entry; the indexes of its message and its session, where it has them.
    fn entry(&mut self, entry: Entry, raw: &[u8], offset: u64) -> (Option<usize>, Option<usize>) {
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
        let name = SessionName {
            base: session.unwrap_or_else(|| self.origin.session.clone()),
            under: self.origin.under.clone(),
        };
        let time_ms = timestamp.as_deref().and_then(millis);
        self.plan.context.last_ms = time_ms.or(self.plan.context.last_ms);
        let is_fork = facts.iter().any(|fact| matches!(fact, Fact::ForkedFrom(_)));
        for fact in facts {
            self.fact(&name, fact, offset);
        }
        if !is_about_session {
            return (None, None);
        }
        if let Some(parent) = &self.origin.parent_session {
            self.session(&main(parent));
        }
        let place = self.session(&name);
        let at = self.plan.context.last_ms;
        let part = &mut self.plan.sessions[place].part;
        part.has_records = true;
        part.is_home |= self.origin.is_home_of(&name.base);
        if part.project_path.is_none() {
            part.project_path.clone_from(&env.working_dir);
        }
        if let Some(branch) = &env.git_branch {
            part.git_branch = Some((branch.clone(), at));
        }
        part.first_ms = earliest(part.first_ms, time_ms);
        part.last_ms = part.last_ms.max(time_ms);
        let Some(mut message) = message else {
            return (None, Some(place));
        };
        // Names in angle brackets stand for text the agent itself wrote.
        if let Some(model) = message
            .model
            .as_ref()
            .filter(|model| !model.starts_with('<'))
        {
            part.model = Some((model.clone(), at));
        }
        let title = message.title_text.take();
        let may_be_typed = matches!(
            message.role,
            Role::Prompt | Role::QueuedPrompt | Role::Injected
        );
        let words = may_be_typed.then(|| words(&message, title.as_deref()));
        if let Some(title) = title
            && (self.origin.is_subagent || !message.is_sidechain)
        {
            part.first_prompt = first_said(part.first_prompt.take(), Some((title, time_ms)));
        }
        let tokens = self.tokens(&name, &message, time_ms, raw);
        let mut row = new_message(&name.base, kind, message, time_ms, env, raw);
        row.tokens = tokens;
        row.near_ms = at.filter(|_| time_ms.is_none());
        row.words = words;
        self.plan.messages.push(PlannedMessage {
            session: place,
            offset,
            is_fork,
            message: row,
        });
        (Some(self.plan.messages.len() - 1), Some(place))
    }

    /// What a message says of the tokens of its response, and which response that is.
    fn tokens(
        &mut self,
        session: &SessionName,
        message: &Message,
        time_ms: Option<i64>,
        raw: &[u8],
    ) -> Option<Tokens> {
        let run = self.plan.context.run.take();
        let Some(usage) = &message.usage else {
            // Who answers, or asks, ends what was said before; notes in between do not.
            let is_aside = matches!(message.role, Role::Event | Role::Injected | Role::Assistant);
            self.plan.context.run = run.filter(|_| is_aside);
            return None;
        };
        let response = match &usage.request {
            Some(request) => hashed(&["request", &usage.response, request]),
            None if is_one_of_its_kind(&usage.response) => {
                hashed(&["response", &session.base, &session.under, &usage.response])
            }
            None => {
                let goes_on = run.filter(|run| run.id == usage.response);
                let response = goes_on.map_or_else(
                    || {
                        // A copied run is the same run: its session says nothing.
                        let key = message.key.clone();
                        let key = key.unwrap_or_else(|| derived_key(&session.base, raw));
                        let at = time_ms.map(|ms| ms.to_string()).unwrap_or_default();
                        hashed(&["run", &usage.response, &key, &at])
                    },
                    |run| run.response,
                );
                self.plan.context.run = Some(Run {
                    id: usage.response.clone(),
                    response,
                });
                response
            }
        };
        Some(Tokens {
            response,
            is_of_session: usage.request.is_none(),
            counts: [
                usage.input,
                usage.output,
                usage.cache_creation,
                usage.cache_read,
            ]
            .map(|count| count.min(MOST_TOKENS)),
        })
    }

    fn fact(&mut self, name: &SessionName, fact: Fact, offset: u64) {
        let at = self.plan.context.last_ms;
        match fact {
            Fact::CustomTitle(title) => self.part(name).custom_title = Some((title, at)),
            Fact::AgentTitle(title) => self.part(name).agent_title = Some((title, at)),
            Fact::Queue(change) => {
                let queue = PlannedQueue {
                    session: self.session(name),
                    before: self.plan.messages.len(),
                    offset,
                    change: match change {
                        QueueChange::TakenBack => Taken::Back,
                        QueueChange::Absorbed(text) => {
                            Taken::In(text.map(|text| hashed(&[&collapsed(&text)])))
                        }
                    },
                };
                self.plan.queue.push(queue);
            }
            Fact::ForkedFrom(origin) => self.part(name).forked_from = Some(origin),
            Fact::Summary { leaf, text } => {
                self.plan.summaries.push((offset, known_as(&leaf), text));
            }
            Fact::Parent {
                session,
                tool_use,
                subagent_type,
            } => {
                // A sidecar names another subagent beside it, a line the session they all belong to.
                let parent = session.map(|base| SessionName {
                    base,
                    under: match self.origin.is_companion {
                        true => self.origin.under.clone(),
                        false => String::new(),
                    },
                });
                if let Some(parent) = &parent {
                    // The parent may have no transcript any more; it is a session all the same.
                    self.session(parent);
                }
                let part = self.part(name);
                part.parent = parent
                    .map(|parent| (parent.base, parent.under))
                    .or(part.parent.take());
                part.started_by = tool_use.or(part.started_by.take());
                part.subagent_type = subagent_type.or(part.subagent_type.take());
            }
            Fact::Started { child, tool_use } => {
                self.plan.started.push(Started {
                    offset,
                    child,
                    parent: name.base.clone(),
                    call: tool_use,
                });
            }
        }
    }

    fn part(&mut self, name: &SessionName) -> &mut SessionPart {
        let place = self.session(name);
        &mut self.plan.sessions[place].part
    }

    /// Index of a session in the plan.
    fn session(&mut self, name: &SessionName) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.plan.sessions.len();
        self.plan.sessions.push(SessionChange {
            name: name.clone(),
            part: SessionPart::default(),
        });
        self.places.insert(name.clone(), place);
        place
    }
}

/// The name of a session that is no subagent's.
fn main(base: &str) -> SessionName {
    SessionName {
        base: base.to_owned(),
        under: String::new(),
    }
}

/// More tokens than that are no count of one response; their sums stay numbers.
const MOST_TOKENS: i64 = 1 << 40;

/// An id that a provider made for one response, and not the same for all of them (`chatcmpl-0`).
fn is_one_of_its_kind(id: &str) -> bool {
    const LENGTH: usize = 12;
    let last = id.rsplit(['-', '_']).next().unwrap_or(id);
    last.len() >= LENGTH
}

/// Recognises a prompt again once it is delivered: by what was typed, however it is wrapped then.
fn words(message: &Message, title: Option<&str>) -> u64 {
    // A title that was cut is not all that was typed.
    match title.filter(|title| !title.ends_with('…')) {
        Some(title) => hashed(&[title]),
        None if message.user_text.is_empty() => {
            let images = message
                .attachments
                .iter()
                .filter_map(|one| one.data.as_ref());
            let images: Vec<String> = images
                .map(|data| blake3::hash(data).to_hex().to_string())
                .collect();
            hashed(&[&images.join(" ")])
        }
        None => hashed(&[&collapsed(&message.user_text)]),
    }
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A strong hash: whoever writes one thing cannot make it pass for another's.
fn hashed(parts: &[&str]) -> u64 {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_le_bytes());
        all.extend_from_slice(part.as_bytes());
    }
    first_half(blake3::hash(&all))
}

fn first_half(hash: blake3::Hash) -> u64 {
    let mut half = [0; 8];
    half.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(half)
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
        key: message
            .key
            .map_or_else(|| derived_key(session, raw), |key| known_as(&key)),
        parent: message.parent.map(|parent| known_as(&parent)),
        kind,
        role: message.role,
        model: message.model,
        time_ms,
        near_ms: None,
        words: None,
        is_waiting: message.is_waiting,
        env,
        is_sidechain: message.is_sidechain,
        is_meta: message.is_meta,
        shard: None,
        body_hash: 0,
        tokens: None,
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

/// Bytes that the parts of a body take beside its texts, mostly.
const SHORT_PARTS: usize = 1024;

/// Recognises the same content again, whatever session, folder or branch a copy was stamped with.
/// The time belongs to it: copies keep it, and two records that differ in it are not copies. Whoever
/// writes a transcript must not be able to pass one body for another, so the hash is a strong one.
fn body_hash(row: &NewMessage) -> u64 {
    // In one piece: hashing many short ones costs several times as much.
    let texts = [
        &row.user_text,
        &row.assistant_text,
        &row.thinking_text,
        &row.event_text,
    ];
    let len: usize = texts.iter().map(|text| text.len()).sum();
    let mut body = Vec::with_capacity(len + SHORT_PARTS);
    let mut add = |bytes: &[u8]| {
        body.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        body.extend_from_slice(bytes);
    };
    add(row.kind.as_bytes());
    add(row.role.word().as_bytes());
    add(&[u8::from(row.is_meta), u8::from(row.time_ms.is_some())]);
    add(&row.time_ms.unwrap_or(0).to_le_bytes());
    add(row.model.as_deref().unwrap_or_default().as_bytes());
    for text in texts {
        add(text.as_bytes());
    }
    let name = |text: &Named| {
        text.hash
            .map_or_else(|| text.text.clone().into_bytes(), Vec::from)
    };
    add(&row.tool_uses.len().to_le_bytes());
    for call in &row.tool_uses {
        add(call.key.as_bytes());
        add(call.name.as_bytes());
        add(&name(&call.parameters));
    }
    add(&row.tool_results.len().to_le_bytes());
    for answer in &row.tool_results {
        add(answer.tool_use.as_bytes());
        add(&name(&answer.output));
        add(&[u8::from(answer.is_error)]);
    }
    for blob in &row.attachments {
        add(blob.kind.as_bytes());
        add(blob.filename.as_deref().unwrap_or_default().as_bytes());
        add(blob.mime_type.as_deref().unwrap_or_default().as_bytes());
        add(blob.content.as_ref().map_or(&[], |(hash, _)| hash));
    }
    first_half(blake3::hash(&body))
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
