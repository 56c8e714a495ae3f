//! Messages: kept as first seen, owned by one session, counted once however often they are copied.

use rusqlite::{OptionalExtension as _, params};

use super::attachments::Blob;
use super::handle::Store;
use super::shard::Shard;
use super::tools::{Answer, Call};
use super::transcripts::CursorId;
use crate::entry::{Env, Role, Usage};

/// Bits of `message.flags` that spare the index a look into the tool tables.
pub const HAS_CALLS: i64 = 4;
pub const HAS_ANSWERS: i64 = 8;

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
    /// Tokens of an API response this batch first meets here, each count the greatest of the batch.
    pub usage: Option<Usage>,
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

impl NewMessage {
    /// Whether it counts as a message of the user's or the model's side.
    pub fn is_counted(&self) -> bool {
        !matches!(self.role, Role::Event | Role::QueuedPrompt | Role::WithdrawnPrompt)
    }

    fn flags(&self) -> i64 {
        i64::from(self.is_sidechain)
            | i64::from(self.is_meta) << 1
            | if self.tool_uses.is_empty() {
                0
            } else {
                HAS_CALLS
            }
            | if self.tool_results.is_empty() {
                0
            } else {
                HAS_ANSWERS
            }
    }
}

/// What storing a message came to.
#[derive(Debug, Clone, Copy)]
pub struct Inserted {
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
    /// Oldest time known of the transcript: the older one owns a copied message.
    pub born_ns: i64,
}

struct Existing {
    id: i64,
    session: i64,
    cursor: CursorId,
    body_hash: u64,
}

/// Empty text is NULL, so that `IS NOT NULL` means there is something to read.
fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Store {
    /// Stores a message with everything that belongs to it, or notes that it was seen again.
    pub fn insert_message(
        &mut self,
        agent: &str,
        place: Place,
        message: &NewMessage,
        parent_id: Option<i64>,
        now_ms: i64,
    ) -> rusqlite::Result<Inserted> {
        let usage = match &message.usage {
            Some(usage) => self.claim(agent, usage)?,
            None => Claim::None,
        };
        if !self.insert_row(place, message, parent_id, &usage)? {
            return self.seen_again(place, message, now_ms);
        }
        let id = self.conn.last_insert_rowid();
        if let Claim::First { hash, .. } = usage {
            self.conn
                .prepare_cached("INSERT INTO response VALUES (?1, ?2)")?
                .execute(params![hash, id])?;
        }
        self.insert_parts(id, message)?;
        for blob in &message.attachments {
            self.insert_attachment(id, blob)?;
        }
        self.message_seen(&message.key)?;
        Ok(Inserted {
            id,
            is_new: true,
            joined: true,
        })
    }

    fn insert_parts(&mut self, id: i64, message: &NewMessage) -> rusqlite::Result<()> {
        for call in &message.tool_uses {
            self.insert_call(id, call)?;
        }
        for answer in &message.tool_results {
            self.insert_answer(id, answer)?;
        }
        Ok(())
    }

    fn insert_row(
        &mut self,
        place: Place,
        message: &NewMessage,
        parent_id: Option<i64>,
        usage: &Claim<'_>,
    ) -> rusqlite::Result<bool> {
        let kind = self.label(&message.kind)?;
        let role = self.label(message.role.word())?;
        let model = message
            .model
            .as_deref()
            .map(|model| self.label(model))
            .transpose()?;
        let env = self.env(&message.env)?;
        let tokens = match usage {
            Claim::First { usage, .. } => Some(*usage),
            Claim::None | Claim::Counted => None,
        };
        self.conn
            .prepare_cached(
                "INSERT INTO message (key, session_id, cursor_id, offset, parent_id, parent_key, kind,
                   role, model, time_ms, env_id, flags, shard, body_hash, input_tokens, output_tokens,
                   cache_creation_tokens, cache_read_tokens, user_text, assistant_text, thinking_text,
                   event_text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                   ?18, ?19, ?20, ?21, ?22)
                 ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                message.key,
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
                message.flags(),
                message.shard.map_or(0, Shard::number),
                message.body_hash as i64,
                tokens.map(|u| u.input),
                tokens.map(|u| u.output),
                tokens.map(|u| u.cache_creation),
                tokens.map(|u| u.cache_read),
                text(&message.user_text),
                text(&message.assistant_text),
                text(&message.thinking_text),
                text(&message.event_text),
            ])
            .map(|rows| rows > 0)
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

    /// A copy: the first body stays, a different one is noted, and the older transcript owns it.
    fn seen_again(
        &mut self,
        place: Place,
        message: &NewMessage,
        now_ms: i64,
    ) -> rusqlite::Result<Inserted> {
        self.store_contents(message)?;
        let known = self
            .conn
            .prepare_cached(
                "SELECT id, session_id, cursor_id, body_hash FROM message WHERE key = ?1",
            )?
            .query_row([&message.key], |r| {
                Ok(Existing {
                    id: r.get(0)?,
                    session: r.get(1)?,
                    cursor: r.get(2)?,
                    body_hash: r.get::<_, i64>(3)? as u64,
                })
            })?;
        if known.body_hash != message.body_hash {
            let is_news = self
                .conn
                .prepare_cached("INSERT OR IGNORE INTO revision VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![
                    known.id,
                    message.body_hash as i64,
                    place.cursor,
                    place.offset as i64,
                    now_ms
                ])?
                > 0;
            if is_news {
                // Calls, answers and images only the other body holds are not lost with it.
                self.insert_parts(known.id, message)?;
                for blob in &message.attachments {
                    if !self.has_attachment(known.id, blob)? {
                        self.insert_attachment(known.id, blob)?;
                    }
                }
            }
        }
        let joined = known.session != place.session && self.share(&known, place, &message.key)?;
        Ok(Inserted {
            id: known.id,
            is_new: false,
            joined,
        })
    }

    /// Makes a message of another session a member of this one too; false when it was one already.
    fn share(&mut self, known: &Existing, place: Place, key: &str) -> rusqlite::Result<bool> {
        let owner_born: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT t.born_ns FROM cursor c JOIN transcript t ON t.id = c.transcript_id WHERE c.id = ?1",
            )?
            .query_row([known.cursor], |r| r.get(0))
            .optional()?;
        let takes_over = owner_born.is_some_and(|born| place.born_ns < born);
        let (owner, guest) = match takes_over {
            true => (place.session, known.session),
            false => (known.session, place.session),
        };
        let was_member = takes_over
            && self
                .conn
                .prepare_cached("DELETE FROM membership WHERE session_id = ?1 AND message_id = ?2")?
                .execute([owner, known.id])?
                > 0;
        let is_new_guest = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO membership VALUES (?1, ?2)")?
            .execute([guest, known.id])?
            > 0;
        if takes_over {
            let (cursor, offset) = (place.cursor, place.offset as i64);
            self.conn
                .prepare_cached(
                    "UPDATE message SET session_id = ?2, cursor_id = ?3, offset = ?4 WHERE id = ?1",
                )?
                .execute([known.id, owner, cursor, offset])?;
            self.summary_follows(key, guest)?;
        }
        Ok(if takes_over {
            !was_member
        } else {
            is_new_guest
        })
    }

    /// Decides which message counts a response: the first that was stored. A later, greater count
    /// replaces what stands there.
    fn claim<'u>(&mut self, agent: &str, usage: &'u Usage) -> rusqlite::Result<Claim<'u>> {
        let name = format!("{agent}\u{1f}{}", usage.response);
        let hash = xxhash_rust::xxh3::xxh3_128(name.as_bytes()).to_be_bytes();
        let counted: Option<i64> = self
            .conn
            .prepare_cached("SELECT message_id FROM response WHERE hash = ?1")?
            .query_row([hash], |r| r.get(0))
            .optional()?;
        let Some(message) = counted else {
            return Ok(Claim::First { hash, usage });
        };
        self.conn
            .prepare_cached(
                "UPDATE message SET input_tokens = max(input_tokens, ?2),
                   output_tokens = max(output_tokens, ?3),
                   cache_creation_tokens = max(cache_creation_tokens, ?4),
                   cache_read_tokens = max(cache_read_tokens, ?5)
                 WHERE id = ?1 AND (input_tokens < ?2 OR output_tokens < ?3
                   OR cache_creation_tokens < ?4 OR cache_read_tokens < ?5)",
            )?
            .execute([
                message,
                usage.input,
                usage.output,
                usage.cache_creation,
                usage.cache_read,
            ])?;
        Ok(Claim::Counted)
    }

    /// Counts messages of the user's and the model's side that are new.
    pub fn tally_messages(&mut self, added: u64) -> rusqlite::Result<()> {
        if added > 0 {
            self.conn
                .prepare_cached("UPDATE tally SET value = value + ?1 WHERE name = 'messages'")?
                .execute([added as i64])?;
        }
        Ok(())
    }

    /// The number of a stored message.
    pub fn message_id(&self, key: &str) -> rusqlite::Result<Option<i64>> {
        self.conn
            .prepare_cached("SELECT id FROM message WHERE key = ?1")?
            .query_row([key], |r| r.get(0))
            .optional()
    }

    fn label(&mut self, text: &str) -> rusqlite::Result<i64> {
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

/// Whether a message counts the tokens of its response.
enum Claim<'u> {
    /// It has none.
    None,
    /// It is the first of the response.
    First { hash: [u8; 16], usage: &'u Usage },
    /// Another message counts them.
    Counted,
}
