//! Which answer belongs to which call. The agent's id of a call only pairs, and only within a session:
//! it may be the same in every turn.

use std::collections::BTreeSet;

use rusqlite::params;

use super::handle::Store;

/// Where a call or an answer stands. The order of these is the order of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    time_ms: i64,
    path: Vec<u8>,
    generation: i64,
    offset: i64,
    /// Among those of one record.
    number: i64,
}

/// For each answer the call it belongs to: the nearest open one before it in its transcript, else before
/// it in the session, else the nearest behind it. An answer that comes once more stays with its call.
/// Both are in the order of the conversation.
fn pairs(calls: &[At], answers: &[At]) -> Vec<Option<usize>> {
    let mut paired: Vec<Option<usize>> = vec![None; answers.len()];
    let mut open: BTreeSet<usize> = (0..calls.len()).collect();
    // In each transcript as it stands there: a call waits for the next answer, the last one first.
    let mut here: Vec<(&At, bool, usize)> = calls
        .iter()
        .enumerate()
        .map(|(n, at)| (at, true, n))
        .collect();
    here.extend(answers.iter().enumerate().map(|(n, at)| (at, false, n)));
    here.sort_by_key(|(at, is_call, _)| (&at.path, at.generation, at.offset, !is_call, at.number));
    let mut waiting: Vec<usize> = Vec::new();
    let mut transcript = None;
    for (at, is_call, number) in here {
        let this = Some((&at.path, at.generation));
        if transcript != this {
            (transcript, waiting) = (this, Vec::new());
        }
        if is_call {
            waiting.push(number);
        } else if let Some(call) = waiting.pop() {
            open.remove(&call);
            paired[number] = Some(call);
        }
    }
    for (answer, pair) in answers.iter().zip(&mut paired) {
        if pair.is_some() {
            continue;
        }
        let behind = calls.partition_point(|call| call < answer);
        *pair = open
            .range(..behind)
            .next_back()
            .or_else(|| open.range(behind..).next())
            .copied()
            .or_else(|| behind.checked_sub(1))
            .or_else(|| (!calls.is_empty()).then_some(0));
        if let Some(call) = *pair {
            open.remove(&call);
        }
    }
    paired
}

impl Store {
    /// Pairs the calls of a session that have the id `key` with their answers, and notes whether there are several
    /// calls of that id anywhere.
    pub(super) fn settle_calls(&mut self, session: i64, key: &str) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE tool_use SET is_shared = n.is_it FROM (SELECT count(*) > 1 AS is_it FROM tool_use WHERE key = ?1) n
                 WHERE key = ?1 AND is_shared <> n.is_it",
            )?
            .execute([key])?;
        let calls = self.stand(
            &format!(
                "SELECT u.id, {AT} FROM tool_use u CROSS JOIN message m ON m.id = u.message_id {PLACE}
                 WHERE u.key = ?2 AND (m.session_id = ?1
                   OR EXISTS (SELECT 1 FROM copy x WHERE x.session_id = ?1 AND x.message_id = m.id))"
            ),
            session,
            key,
        )?;
        let answers = self.stand(
            &format!(
                "SELECT r.id, {AT} FROM (SELECT id FROM tool_result WHERE key = ?2 UNION
                   SELECT x.id FROM tool_use u CROSS JOIN tool_result x ON x.call_id = u.id WHERE u.key = ?2) found
                   CROSS JOIN tool_result r ON r.id = found.id
                   CROSS JOIN message m ON m.id = r.message_id {PLACE} WHERE m.session_id = ?1"
            ),
            session,
            key,
        )?;
        let of = |list: &[(i64, At)]| list.iter().map(|(_, at)| at.clone()).collect::<Vec<_>>();
        for ((answer, _), call) in answers.iter().zip(pairs(&of(&calls), &of(&answers))) {
            let call = call.map(|at| calls[at].0);
            self.conn
                .prepare_cached(
                    "UPDATE tool_result SET call_id = ?2, key = iif(?2 IS NULL, ?3, NULL)
                     WHERE id = ?1 AND (call_id IS NOT ?2 OR key IS NOT iif(?2 IS NULL, ?3, NULL))",
                )?
                .execute(params![answer, call, key])?;
        }
        Ok(())
    }

    /// Numbers and places, in the order of the conversation.
    fn stand(&self, sql: &str, session: i64, key: &str) -> rusqlite::Result<Vec<(i64, At)>> {
        let mut found = self
            .conn
            .prepare_cached(sql)?
            .query_map(params![session, key], |r| {
                let number = r.get(0)?;
                let at = At {
                    time_ms: r.get(1)?,
                    path: r.get(2)?,
                    generation: r.get(3)?,
                    offset: r.get(4)?,
                    number,
                };
                Ok((number, at))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        found.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(found)
    }
}

const AT: &str = "coalesce(m.time_ms, m.near_ms, 0), t.path, c.generation, m.offset";
const PLACE: &str =
    "JOIN cursor c ON c.id = m.cursor_id JOIN transcript t ON t.id = c.transcript_id";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str, offset: i64) -> At {
        At {
            time_ms: offset,
            path: path.into(),
            generation: 0,
            offset,
            number: 0,
        }
    }

    #[test]
    fn each_turn_has_its_own_answer() {
        let (calls, answers) = ([at("a", 0), at("a", 20)], [at("a", 10), at("a", 30)]);
        assert_eq!(pairs(&calls, &answers), [Some(0), Some(1)]);
    }

    #[test]
    fn the_nearest_open_call_is_meant() {
        let (calls, answers) = ([at("a", 0), at("a", 10)], [at("a", 20), at("a", 30)]);
        assert_eq!(pairs(&calls, &answers), [Some(1), Some(0)]);
    }

    #[test]
    fn an_answer_may_stand_in_front_and_come_again() {
        assert_eq!(pairs(&[at("a", 10)], &[at("a", 0)]), [Some(0)]);
        assert_eq!(
            pairs(&[at("a", 0)], &[at("a", 10), at("a", 20)]),
            [Some(0), Some(0)]
        );
        assert_eq!(pairs(&[], &[at("a", 10)]), [None]);
    }

    #[test]
    fn the_same_transcript_comes_first() {
        let (calls, answers) = ([at("a", 0), at("b", 5)], [at("a", 10), at("b", 20)]);
        assert_eq!(pairs(&calls, &answers), [Some(0), Some(1)]);
    }
}
