//! Words in one conversation, found by reading all of it: nothing that is stored is missed.

use std::collections::HashMap;

use rusqlite::types::ValueRef;

use super::conversations::{IN_ORDER, MEMBERS, PLACED};
use super::handle::Reader;
use crate::text::without_looks;

impl Reader {
    /// The ids of the messages that hold all `words` (in small letters), in order.
    pub fn find_in(&self, session: i64, words: &[String]) -> rusqlite::Result<Vec<String>> {
        let mut found: HashMap<i64, Vec<bool>> = HashMap::new();
        let mut look = |message: i64, text: &str| {
            let text = without_looks(text.to_lowercase());
            for (at, word) in words.iter().enumerate() {
                if text.contains(word.as_str()) {
                    found
                        .entry(message)
                        .or_insert_with(|| vec![false; words.len()])[at] = true;
                }
            }
        };
        let texts = [
            format!("SELECT id, user_text FROM message WHERE id IN ({MEMBERS})"),
            format!("SELECT id, assistant_text FROM message WHERE id IN ({MEMBERS})"),
            format!("SELECT id, thinking_text FROM message WHERE id IN ({MEMBERS})"),
            format!("SELECT id, event_text FROM message WHERE id IN ({MEMBERS})"),
            format!(
                "SELECT u.message_id, u.name || ' ' || coalesce(u.parameters, (SELECT t.body FROM text t WHERE t.id = u.text_id))
                 FROM tool_use u WHERE u.message_id IN ({MEMBERS})"
            ),
            format!(
                "SELECT r.message_id, coalesce(r.output, (SELECT t.body FROM text t WHERE t.id = r.text_id))
                 FROM tool_result r WHERE r.message_id IN ({MEMBERS})"
            ),
            format!("SELECT message_id, filename FROM attachment WHERE message_id IN ({MEMBERS})"),
        ];
        for sql in &texts {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query([session])?;
            while let Some(row) = rows.next()? {
                if let ValueRef::Text(text) = row.get_ref(1)? {
                    look(row.get(0)?, &String::from_utf8_lossy(text));
                }
            }
        }
        let whole: HashMap<i64, Vec<bool>> = found
            .into_iter()
            .filter(|(_, has)| has.iter().all(|it| *it))
            .collect();
        let ids = serde_json::to_string(&whole.keys().collect::<Vec<_>>()).unwrap_or_default();
        self.conn
            .prepare_cached(&format!(
                "SELECT m.key FROM message m {PLACED} WHERE m.id IN (SELECT value FROM json_each(?1))
                 ORDER BY {IN_ORDER}"
            ))?
            .query_map([ids], |row| row.get(0))?
            .collect()
    }
}
