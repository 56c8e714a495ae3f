//! Tokens: each message keeps what it says of its API response, and the oldest of a response counts
//! the greatest of each.

use rusqlite::{OptionalExtension as _, params};

use super::handle::Store;
use super::ripple::Ripple;
use super::transcripts::CursorId;

/// The greater of each count.
fn greatest(one: [i64; 4], other: [i64; 4]) -> [i64; 4] {
    std::array::from_fn(|at| one[at].max(other[at]))
}

/// Tokens of an API response, as one message of it tells them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Hash of what identifies the response.
    pub response: u64,
    /// That is known within a session only: another copy may speak of another response.
    pub is_of_session: bool,
    /// Read, written, put into the cache, taken from it.
    pub counts: [i64; 4],
}

/// Where a message says something of its response: the cursor, the byte, and the message's time.
pub(super) type SaidAt = (CursorId, u64, Option<i64>);

/// Who counts the tokens of a response when a message of it comes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counter {
    /// The message itself: it is the first.
    Itself,
    /// Nobody yet: it is decided once all of the batch is there.
    Open,
    /// Another message, which counts so much; whether that is the older one.
    Other {
        message: i64,
        counts: [i64; 4],
        is_older: bool,
    },
}

impl Store {
    /// Who counts the tokens of the response that a message speaks of, said there.
    pub(super) fn counter(
        &self,
        (cursor, offset, time_ms): SaidAt,
        tokens: Option<&Tokens>,
        ripple: &Ripple,
    ) -> rusqlite::Result<Counter> {
        let Some(tokens) = tokens else {
            return Ok(Counter::Itself);
        };
        let response = tokens.response as i64;
        let counter = self
            .conn
            .prepare_cached(
                "SELECT m.id, m.cursor_id = ?2 AND m.offset < ?3 AND (?4 IS NULL OR ifnull(m.time_ms <= ?4, 0)),
                   m.input_tokens, m.output_tokens, m.cache_creation_tokens, m.cache_read_tokens
                 FROM usage u JOIN message m ON m.id = u.message_id
                 WHERE u.response = ?1 AND m.input_tokens IS NOT NULL",
            )?
            .query_row(
                params![response, cursor, offset as i64, time_ms],
                |r| {
                    Ok(Counter::Other {
                        message: r.get(0)?,
                        is_older: r.get(1)?,
                        counts: [r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?],
                    })
                },
            )
            .optional()?;
        Ok(match counter {
            Some(other) => other,
            None if ripple.responses.contains(&response) => Counter::Open,
            None => Counter::Itself,
        })
    }

    /// Takes in what a new message says of its response. What changes nothing is not kept: mostly a
    /// response is told once more by each of its lines. A message that counts itself has its tokens.
    pub(super) fn insert_tokens(
        &mut self,
        message: i64,
        tokens: &Tokens,
        counter: Counter,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        match counter {
            Counter::Itself | Counter::Open => {}
            // Perhaps it is the older one: that is decided by all of them.
            Counter::Other {
                is_older: false, ..
            } => {
                ripple.responses.insert(tokens.response as i64);
            }
            Counter::Other {
                message, counts, ..
            } => {
                let all = greatest(counts, tokens.counts);
                if all != counts {
                    self.count_tokens(message, all)?;
                } else if !tokens.is_of_session {
                    return Ok(());
                }
            }
        }
        self.insert_usage(message, tokens)
    }

    fn count_tokens(&mut self, message: i64, counts: [i64; 4]) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE message SET input_tokens = ?2, output_tokens = ?3, cache_creation_tokens = ?4,
                   cache_read_tokens = ?5 WHERE id = ?1",
            )?
            .execute([message, counts[0], counts[1], counts[2], counts[3]])?;
        Ok(())
    }

    fn insert_usage(&mut self, message: i64, tokens: &Tokens) -> rusqlite::Result<()> {
        let [input, output, cache_creation, cache_read] = tokens.counts;
        let response = tokens.response as i64;
        self.conn
            .prepare_cached("INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                message,
                response,
                input,
                output,
                cache_creation,
                cache_read
            ])?;
        Ok(())
    }

    /// What a message says of its response may be something else now.
    pub(super) fn replace_tokens(
        &mut self,
        id: i64,
        said_at: SaidAt,
        tokens: Option<&Tokens>,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let known = self
            .conn
            .prepare_cached(
                "SELECT response, input, output, cache_creation, cache_read FROM usage WHERE message_id = ?1",
            )?
            .query_row([id], |r| {
                Ok((
                    r.get::<_, i64>(0)? as u64,
                    [r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?],
                ))
            })
            .optional()?;
        if known == tokens.map(|tokens| (tokens.response, tokens.counts)) {
            return Ok(());
        }
        if let Some((response, _)) = known {
            ripple.responses.insert(response as i64);
            self.conn
                .prepare_cached("DELETE FROM usage WHERE message_id = ?1")?
                .execute([id])?;
            self.conn
                .prepare_cached(
                    "UPDATE message SET input_tokens = NULL, output_tokens = NULL, cache_creation_tokens = NULL,
                       cache_read_tokens = NULL WHERE id = ?1",
                )?
                .execute([id])?;
        }
        let Some(tokens) = tokens else {
            return Ok(());
        };
        let counter = self.counter(said_at, Some(tokens), ripple)?;
        if matches!(counter, Counter::Itself) {
            self.count_tokens(id, tokens.counts)?;
        }
        self.insert_tokens(id, tokens, counter, ripple)
    }

    /// Lets the oldest message of a response count its tokens, and no other.
    pub(super) fn settle_response(&mut self, response: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "WITH said AS MATERIALIZED (
                   SELECT u.*, row_number() OVER (ORDER BY m.time_ms IS NULL, m.time_ms, t.path, c.generation, m.offset) AS age
                   FROM usage u JOIN message m ON m.id = u.message_id
                     JOIN cursor c ON c.id = m.cursor_id JOIN transcript t ON t.id = c.transcript_id
                   WHERE u.response = ?1),
                 counted AS (SELECT max(input) AS i, max(output) AS o, max(cache_creation) AS c, max(cache_read) AS r FROM said)
                 UPDATE message SET input_tokens = iif(age = 1, i, NULL), output_tokens = iif(age = 1, o, NULL),
                   cache_creation_tokens = iif(age = 1, c, NULL), cache_read_tokens = iif(age = 1, r, NULL)
                 FROM said, counted WHERE message.id = said.message_id
                   AND (age = 1 OR input_tokens IS NOT NULL)",
            )?
            .execute([response])?;
        Ok(())
    }

    /// Counts messages of the user's and the model's side that came, or went.
    pub(super) fn tally_messages(&mut self, added: i64) -> rusqlite::Result<()> {
        if added != 0 {
            self.conn
                .prepare_cached("UPDATE tally SET value = value + ?1 WHERE name = 'messages'")?
                .execute([added])?;
        }
        Ok(())
    }
}
