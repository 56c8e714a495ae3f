//! Asking the words index: what the user typed → FTS5's language → ids → the rows shown.

use rusqlite::{OptionalExtension as _, params};

use super::explain::is_damaged;
use super::handle::Reader;
use super::json_text::append_strings;
use super::shard::{SHARDS, Shard};
use super::time::iso;
use crate::model::{Hit, SearchResult, Sort};
use crate::query::Query;

/// Characters of a snippet around the first match.
const SNIPPET: usize = 160;

struct Match {
    id: i64,
    time_ms: Option<i64>,
    rank: f64,
}

impl Reader {
    /// Messages that match.
    pub fn search(
        &self,
        query: &Query,
        limit: usize,
        sort: Sort,
    ) -> rusqlite::Result<SearchResult> {
        let mut result = SearchResult {
            hits: Vec::new(),
            notes: query.notes.clone(),
            has_more: false,
            unindexed: self.unindexed()?,
        };
        let Some(expression) = query.expression() else {
            return Ok(result);
        };
        let mut matches = Vec::new();
        for shard in SHARDS {
            match self.matches(shard, &expression, limit + 1, sort) {
                // The index is not the archive: what is in the other files is found.
                Err(error) if is_damaged(&error) => {
                    result.notes.push(format!(
                        "{} cannot be searched, it is damaged; `scrollback doctor` says what to do",
                        shard.schema()
                    ));
                }
                found => matches.extend(found?),
            }
        }
        match sort {
            Sort::Best => {
                matches.sort_by(|a, b| a.rank.total_cmp(&b.rank).then(b.time_ms.cmp(&a.time_ms)));
            }
            Sort::Recent => matches.sort_by_key(|m| std::cmp::Reverse((m.time_ms, m.id))),
        }
        result.has_more = matches.len() > limit;
        for found in matches.iter().take(limit) {
            result.hits.extend(self.hit(found.id, query)?);
        }
        Ok(result)
    }

    fn matches(
        &self,
        shard: Shard,
        expression: &str,
        limit: usize,
        sort: Sort,
    ) -> rusqlite::Result<Vec<Match>> {
        let schema = shard.schema();
        let attached: Option<i64> = self
            .conn
            .query_row(
                "SELECT 1 FROM pragma_database_list WHERE name = ?1",
                [schema],
                |r| r.get(0),
            )
            .optional()?;
        if attached.is_none() {
            return Ok(Vec::new());
        }
        let weights = shard
            .columns()
            .map(|(_, weight)| weight.to_string())
            .join(", ");
        let sql = match sort {
            Sort::Recent => format!(
                "SELECT w.rowid, m.time_ms, 0.0 FROM {schema}.words w JOIN message m ON m.id = w.rowid
                 WHERE words MATCH ?1 ORDER BY m.time_ms DESC LIMIT ?2"
            ),
            Sort::Best => format!(
                "SELECT w.rowid, m.time_ms, w.rank FROM (SELECT rowid, bm25(words, {weights}) AS rank
                   FROM {schema}.words WHERE words MATCH ?1 ORDER BY 2 LIMIT ?2) w
                 JOIN message m ON m.id = w.rowid ORDER BY w.rank"
            ),
        };
        self.conn
            .prepare_cached(&sql)?
            .query_map(params![expression, limit as i64], |r| {
                Ok(Match {
                    id: r.get(0)?,
                    time_ms: r.get(1)?,
                    rank: r.get(2)?,
                })
            })?
            .collect()
    }

    fn hit(&self, id: i64, query: &Query) -> rusqlite::Result<Option<Hit>> {
        let (field, text) = self.best_text(id, query)?;
        let (snippet, highlights) = query.snippet(&text, SNIPPET);
        self.conn
            .prepare_cached(
                "SELECT s.key, coalesce(s.custom_title, s.agent_title, s.summary_title, s.first_prompt),
                   s.project_name, m.key, k.text, r.text, m.time_ms
                 FROM message m JOIN session s ON s.id = m.session_id
                   JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role WHERE m.id = ?1",
            )?
            .query_row([id], |r| {
                Ok(Hit {
                    session_id: r.get(0)?,
                    session_title: r.get(1)?,
                    project_name: r.get(2)?,
                    message_id: r.get(3)?,
                    kind: r.get(4)?,
                    role: r.get(5)?,
                    timestamp: r.get::<_, Option<i64>>(6)?.map(iso),
                    field: field.to_owned(),
                    snippet,
                    highlights,
                })
            })
            .optional()
    }

    /// The first field with a match, in the order they weigh.
    fn best_text(&self, id: i64, query: &Query) -> rusqlite::Result<(&'static str, String)> {
        let mut fields = self.conn.prepare_cached(
            "SELECT 'text', user_text FROM message WHERE id = ?1
             UNION ALL SELECT 'text', assistant_text FROM message WHERE id = ?1
             UNION ALL SELECT 'thinking', thinking_text FROM message WHERE id = ?1
             UNION ALL SELECT 'tool_input', coalesce(u.parameters, t.body)
               FROM tool_use u LEFT JOIN text t ON t.id = u.text_id WHERE u.message_id = ?1
             UNION ALL SELECT 'tool_output', coalesce(r.output, t.body)
               FROM tool_result r LEFT JOIN text t ON t.id = r.text_id WHERE r.message_id = ?1",
        )?;
        let mut rows = fields.query([id])?;
        let mut first = None;
        while let Some(row) = rows.next()? {
            let field = match row.get_ref(0)?.as_str()? {
                "text" => "text",
                "thinking" => "thinking",
                "tool_input" => "tool_input",
                _ => "tool_output",
            };
            let Some(mut text) = row.get::<_, Option<String>>(1)? else {
                continue;
            };
            if field == "tool_input" {
                let json = std::mem::take(&mut text);
                append_strings(&json, &mut text);
            }
            if query.matches_in(&text) {
                return Ok((field, text));
            }
            first.get_or_insert((field, text));
        }
        Ok(first.unwrap_or(("text", String::new())))
    }
}
