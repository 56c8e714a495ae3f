//! Messages: a row for each body, however many records are copies of it. Where they stand is in
//! `places.rs`; what is done about several bodies of one id, in `bodies.rs`.

use rusqlite::{OptionalExtension as _, Row, params};

use super::attachments::Blob;
use super::handle::Store;
use super::responses::{Counter, SaidAt, Tokens};
use super::ripple::Ripple;
use super::shard::Shard;
use super::tools::{Answer, Call};
use super::transcripts::CursorId;
use crate::entry::{Env, Role};

/// Bits of `message.flags`: the first two and the next two as the views and the index ask for them.
pub const IS_SIDECHAIN: i64 = 1;
pub const IS_META: i64 = 2;
pub const HAS_CALLS: i64 = 4;
pub const HAS_ANSWERS: i64 = 8;
/// Its key is the agent's id and a hash: another body has the bare id.
pub const IS_TWIN: i64 = 16;
/// A later wording of a line that was changed in place.
pub const IS_REVISION: i64 = 32;
/// The record it was read from says that it is a copy.
pub const IS_FORK: i64 = 64;

/// A message ready to be stored.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The agent's id, or one derived from the bytes.
    pub key: String,
    /// Key of the message before it.
    pub parent: Option<String>,
    /// The record's own type.
    pub kind: String,
    /// Who speaks.
    pub role: Role,
    /// The model.
    pub model: Option<String>,
    /// Milliseconds since the epoch.
    pub time_ms: Option<i64>,
    /// Where the agent ran.
    pub env: Env,
    /// Part of a subagent's conversation.
    pub is_sidechain: bool,
    /// Put in by the agent.
    pub is_meta: bool,
    /// Which words index holds it.
    pub shard: Option<Shard>,
    /// Recognises the same body again.
    pub body_hash: u64,
    /// Of a message without a time: when what stands before it was written.
    pub near_ms: Option<i64>,
    /// Hash of what may have been typed.
    pub words: Option<u64>,
    /// It waits in a queue to be delivered.
    pub is_waiting: bool,
    /// What it says of the tokens of its response.
    pub tokens: Option<Tokens>,
    /// The user's side.
    pub user_text: String,
    /// The model's side.
    pub assistant_text: String,
    /// The model's thoughts.
    pub thinking_text: String,
    /// Neither side's words.
    pub event_text: String,
    /// Calls.
    pub tool_uses: Vec<Call>,
    /// Answers.
    pub tool_results: Vec<Answer>,
    /// Images and documents.
    pub attachments: Vec<Blob>,
}

/// Roles that do not count as messages of the user's and the model's side.
pub const UNCOUNTED: [Role; 3] = [Role::Event, Role::QueuedPrompt, Role::WithdrawnPrompt];

impl NewMessage {
    /// Whether it counts as a message of the user's or the model's side.
    pub fn is_counted(&self) -> bool {
        !UNCOUNTED.contains(&self.role)
    }

    fn said_at(&self, place: Place) -> SaidAt {
        (place.cursor, place.offset, self.time_ms)
    }

    /// What recognises, in this message, a prompt that waited.
    fn typed_words(&self) -> Option<i64> {
        let words = self.words.filter(|_| !self.is_waiting);
        words.map(|words| words as i64)
    }

    fn flags(&self) -> i64 {
        let flag = |holds: bool, flag: i64| if holds { flag } else { 0 };
        flag(self.is_sidechain, IS_SIDECHAIN)
            | flag(self.is_meta, IS_META)
            | flag(!self.tool_uses.is_empty(), HAS_CALLS)
            | flag(!self.tool_results.is_empty(), HAS_ANSWERS)
    }
}

/// What storing a message came to.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    /// Number of the message.
    pub id: i64,
    /// It was not known before.
    pub is_new: bool,
    /// The session did not hold it before.
    pub joined: bool,
}

/// Where a message is said.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Session that says it.
    pub session: i64,
    /// Cursor of the transcript.
    pub cursor: CursorId,
    /// Byte in the transcript.
    pub offset: u64,
    /// The record says itself that it is a copy of another session's.
    pub is_fork: bool,
}

/// Empty text is NULL, so that `IS NOT NULL` means there is something to read.
fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Digits of a hash behind an id.
const DIGITS: usize = 16;

/// What a further body of an id is called: the id and the hash of the body.
pub fn twin_key(key: &str, body_hash: u64) -> String {
    format!("{key}~{body_hash:016x}")
}

/// What an id of an agent's is called here: itself, unless it looks like one of a further body.
pub fn known_as(id: &str) -> String {
    let is_hash = |end: &str| {
        end.len() == DIGITS
            && end
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match id.rsplit_once('~') {
        Some((_, end)) if is_hash(end) => format!("{id}~"),
        _ => id.to_owned(),
    }
}

impl Store {
    /// Stores a message said at `place`, or finds that it is a copy of one that is known.
    pub fn store_message(
        &mut self,
        place: Place,
        message: &NewMessage,
        parent_id: Option<i64>,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<Stored> {
        let counter = self.counter(message.said_at(place), message.tokens.as_ref(), ripple)?;
        if let Some(id) = self.insert_row((&message.key, 0), place, message, parent_id, counter)? {
            return self.furnish(id, place, message, counter, ripple);
        }
        for (id, is_same) in self.alike(&message.key, message.body_hash)? {
            if is_same || self.says_the_same(id, message)? {
                self.store_contents(message)?;
                self.wait(id, place, message, ripple)?;
                return self.join(id, place, message, parent_id, ripple);
            }
        }
        let key = twin_key(&message.key, message.body_hash);
        ripple.bodies.insert(message.key.clone());
        match self.insert_row((&key, IS_TWIN), place, message, parent_id, counter)? {
            Some(id) => self.furnish(id, place, message, counter, ripple),
            // Nothing else is ever called so: it is this one.
            None => {
                let id = self.message_id(&key)?;
                let id = id.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
                self.join(id, place, message, parent_id, ripple)
            }
        }
    }

    /// Everything that belongs to a new row.
    fn furnish(
        &mut self,
        id: i64,
        place: Place,
        message: &NewMessage,
        counter: Counter,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<Stored> {
        for call in &message.tool_uses {
            self.insert_call(id, place.session, call, ripple)?;
        }
        for answer in &message.tool_results {
            self.insert_answer(id, place.session, answer, ripple)?;
        }
        for blob in &message.attachments {
            self.insert_attachment(id, blob)?;
        }
        if let Some(tokens) = &message.tokens {
            self.insert_tokens(id, tokens, counter, ripple)?;
        }
        if self.leaves.contains(&message.key) {
            ripple.titled.insert(place.session);
        }
        self.wait(id, place, message, ripple)?;
        ripple.added += i64::from(message.is_counted());
        Ok(Stored {
            id,
            is_new: true,
            joined: true,
        })
    }

    fn insert_row(
        &mut self,
        (key, flags): (&str, i64),
        place: Place,
        message: &NewMessage,
        parent_id: Option<i64>,
        counter: Counter,
    ) -> rusqlite::Result<Option<i64>> {
        let kind = self.label(&message.kind)?;
        let role = self.label(message.role.word())?;
        let model = message
            .model
            .as_deref()
            .map(|model| self.label(model))
            .transpose()?;
        let env = self.env(&message.env)?;
        let id = self.next_message()?;
        let fork = if place.is_fork { IS_FORK } else { 0 };
        let tokens = message
            .tokens
            .filter(|_| matches!(counter, Counter::Itself));
        let count = |at: usize| tokens.map(|tokens| tokens.counts[at]);
        let rows = self
            .conn
            .prepare_cached(
                "INSERT INTO message (id, key, session_id, cursor_id, offset, parent_id, parent_key, kind,
                   role, model, time_ms, env_id, flags, shard, body_hash, user_text, assistant_text,
                   thinking_text, event_text, near_ms, words, input_tokens, output_tokens,
                   cache_creation_tokens, cache_read_tokens)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                   ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)
                 ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                id,
                key,
                place.session,
                place.cursor,
                place.offset as i64,
                parent_id,
                if parent_id.is_none() { message.parent.as_deref() } else { None },
                kind,
                role,
                model,
                message.time_ms,
                env,
                message.flags() | flags | fork,
                message.shard.map_or(0, Shard::number),
                message.body_hash as i64,
                text(&message.user_text),
                text(&message.assistant_text),
                text(&message.thinking_text),
                text(&message.event_text),
                message.near_ms,
                message.typed_words(),
                count(0),
                count(1),
                count(2),
                count(3),
            ])?;
        Ok((rows > 0).then(|| self.gave_out(id)))
    }

    /// What is not content, as the record at its own place says it now.
    pub(super) fn refresh(
        &mut self,
        id: i64,
        place: Place,
        message: &NewMessage,
        parent_id: Option<i64>,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let env = self.env(&message.env)?;
        let fork = if place.is_fork { IS_FORK } else { 0 };
        self.rename_words(id, message.typed_words(), ripple)?;
        self.conn
            .prepare_cached(
                "UPDATE message SET body_hash = ?2, env_id = ?3, parent_id = ?4, parent_key = ?5, near_ms = ?6,
                   flags = (flags & ?8) | ?7, words = ?9 WHERE id = ?1",
            )?
            .execute(params![
                id,
                message.body_hash as i64,
                env,
                parent_id,
                if parent_id.is_none() { message.parent.as_deref() } else { None },
                message.near_ms,
                message.flags() | fork,
                IS_TWIN | IS_REVISION,
                message.typed_words(),
            ])?;
        self.replace_tokens(id, message.said_at(place), message.tokens.as_ref(), ripple)
    }

    /// Another parser may recognise a prompt by other words: every queue is looked at that either may concern.
    fn rename_words(
        &mut self,
        id: i64,
        words: Option<i64>,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let before: Option<i64> = self
            .conn
            .prepare_cached("SELECT words FROM message WHERE id = ?1")?
            .query_row([id], |r| r.get(0))?;
        if before == words {
            return Ok(());
        }
        for session in self.holders(id)? {
            let both = before.into_iter().chain(words);
            ripple
                .queues
                .extend(both.map(|words| (session, words as u64)));
        }
        Ok(())
    }

    /// Stores what the archive refers to in this message's bytes, whether or not its rows are new.
    fn store_contents(&mut self, message: &NewMessage) -> rusqlite::Result<()> {
        for call in &message.tool_uses {
            self.store_named(&call.parameters)?;
        }
        for answer in &message.tool_results {
            self.store_named(&answer.output)?;
        }
        for blob in &message.attachments {
            if let Some((hash, data)) = &blob.content {
                self.store_blob(*hash, data)?;
            }
        }
        Ok(())
    }

    /// Whether a row says what `message` says, word for word. Its hash may be of an older kind.
    fn says_the_same(&self, id: i64, message: &NewMessage) -> rusqlite::Result<bool> {
        let filled = |row: &Row<'_>, at: usize, text: &str| {
            row.get_ref(at)?
                .as_str_or_null()
                .map(|known| known.unwrap_or_default() == text)
                .map_err(rusqlite::Error::from)
        };
        let says = self
            .conn
            .prepare_cached(
                "SELECT m.user_text, m.assistant_text, m.thinking_text, m.event_text, k.text, r.text, m.time_ms,
                   (SELECT text FROM label l WHERE l.id = m.model), m.flags & 2, m.shard
                 FROM message m JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role WHERE m.id = ?1",
            )?
            .query_row([id], |row| {
                Ok(filled(row, 0, &message.user_text)?
                    && filled(row, 1, &message.assistant_text)?
                    && filled(row, 2, &message.thinking_text)?
                    && filled(row, 3, &message.event_text)?
                    && filled(row, 4, &message.kind)?
                    && filled(row, 5, message.role.word())?
                    && row.get::<_, Option<i64>>(6)? == message.time_ms
                    && filled(row, 7, message.model.as_deref().unwrap_or_default())?
                    && (row.get::<_, i64>(8)? != 0) == message.is_meta
                    && row.get::<_, i64>(9)? == message.shard.map_or(0, Shard::number))
            })?;
        Ok(says
            && self.has_calls(id, &message.tool_uses)?
            && self.has_answers(id, &message.tool_results)?
            && self.has_attachments(id, &message.attachments)?)
    }

    /// The number of a stored message.
    pub fn message_id(&self, key: &str) -> rusqlite::Result<Option<i64>> {
        self.conn
            .prepare_cached("SELECT id FROM message WHERE key = ?1")?
            .query_row([key], |r| r.get(0))
            .optional()
    }

    /// The number of the next message: none is given out twice, so that the words index never takes
    /// one for another.
    pub(super) fn next_message(&mut self) -> rusqlite::Result<i64> {
        if let Some(next) = self.next_message {
            return Ok(next);
        }
        self.conn
            .prepare_cached(
                "SELECT 1 + max(ifnull((SELECT max(id) FROM message), 0),
                   (SELECT value FROM tally WHERE name = 'message_floor'))",
            )?
            .query_row([], |r| r.get(0))
    }

    pub(super) fn gave_out(&mut self, id: i64) -> i64 {
        self.next_message = Some(id + 1);
        id
    }

    pub(super) fn label(&mut self, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.labels.get(text) {
            return Ok(*id);
        }
        let id = self
            .conn
            .prepare_cached(
                "INSERT INTO label (text) VALUES (?1) ON CONFLICT (text) DO UPDATE SET text = text
                 RETURNING id",
            )?
            .query_row([text], |r| r.get(0))?;
        self.labels.insert(text.to_owned(), id);
        Ok(id)
    }

    fn env(&mut self, env: &Env) -> rusqlite::Result<Option<i64>> {
        if *env == Env::default() {
            return Ok(None);
        }
        if let Some(id) = self.envs.get(env) {
            return Ok(Some(*id));
        }
        let id = self
            .conn
            .prepare_cached(
                "INSERT INTO env (working_dir, git_branch, platform, agent_version)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET working_dir = working_dir RETURNING id",
            )?
            .query_row(
                params![
                    env.working_dir,
                    env.git_branch,
                    env.platform,
                    env.agent_version
                ],
                |r| r.get(0),
            )?;
        if self.envs.len() > 4096 {
            self.envs.clear();
        }
        self.envs.insert(env.clone(), id);
        Ok(Some(id))
    }
}
