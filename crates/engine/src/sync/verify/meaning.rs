//! Proves that what is kept is shown: the records of the archive are read anew, and what each says must be
//! in its session, word for word, where a reader and a search reach it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::agents;
use crate::error::Result;
use crate::model::{Gap, Meaning};
use crate::store::{Archived, NewMessage, Print, Printer, Reader, SessionName, Shown};
use crate::sync::plan::{Plan, PlannedMessage};
use crate::sync::reading;
use crate::sync::sweep::Place;

/// Sessions whose contents are remembered: most transcripts speak of one or two.
const REMEMBERED: usize = 8;

/// Reads the archive anew, the newest transcripts first, until `time` is up (`None`: all of it).
pub fn prove(
    reader: &Reader,
    places: &[Place],
    time: Option<Duration>,
) -> Result<(Meaning, Vec<Gap>)> {
    let fail = |e: rusqlite::Error| reader.explain(&e);
    let began = Instant::now();
    let mut proof = Proof {
        reader,
        is_indexed: false,
        sessions: HashMap::new(),
        gaps: Vec::new(),
        records: 0,
    };
    let mut meaning = Meaning::default();
    let mut cursors = Vec::new();
    for agent in agents::all() {
        cursors.extend(reader.outdated(agent.id(), u32::MAX).map_err(fail)?);
    }
    meaning.of_bytes = cursors.iter().map(|c| c.end.saturating_sub(c.start)).sum();
    for cursor in &cursors {
        if time.is_some_and(|time| began.elapsed() >= time) {
            break;
        }
        // What is read and what is shown are of one moment, also while more is written.
        let snapshot = reader.snapshot().map_err(fail)?;
        proof.sessions.clear();
        proof.is_indexed = reader.unindexed().map_err(fail)? == 0;
        reading::read_all(reader, places, cursor, &mut |stretch| {
            proof.plan(cursor, &stretch.plan)
        })?;
        drop(snapshot);
        meaning.bytes += cursor.end.saturating_sub(cursor.start);
    }
    meaning.records = proof.records;
    meaning.seconds = began.elapsed().as_secs_f64();
    Ok((meaning, proof.gaps))
}

struct Proof<'r> {
    reader: &'r Reader,
    is_indexed: bool,
    sessions: HashMap<SessionName, Option<(i64, Shown)>>,
    gaps: Vec<Gap>,
    records: u64,
}

impl Proof<'_> {
    fn plan(&mut self, cursor: &Archived, plan: &Plan) -> Result<()> {
        for planned in &plan.messages {
            let name = &plan.sessions[planned.session].name;
            self.session(&cursor.agent, name)?;
            self.message(cursor, name, planned)?;
        }
        Ok(())
    }

    /// Makes sure that the contents of a session are at hand.
    fn session(&mut self, agent: &str, name: &SessionName) -> Result<()> {
        if self.sessions.contains_key(name) {
            return Ok(());
        }
        if self.sessions.len() >= REMEMBERED {
            self.sessions.clear();
        }
        let look = || -> rusqlite::Result<Option<(i64, Shown)>> {
            let Some(number) = self.reader.session_number(agent, name)? else {
                return Ok(None);
            };
            Ok(Some((number, self.reader.shown(number, self.is_indexed)?)))
        };
        let found = look().map_err(|e| self.reader.explain(&e))?;
        if let Some((_, shown)) = &found {
            for id in &shown.unsearchable {
                let gap = format!("the message {id} is found by no search");
                self.gaps.push(hidden(&name.base, 0, gap));
            }
        }
        self.sessions.insert(name.clone(), found);
        Ok(())
    }

    fn message(
        &mut self,
        cursor: &Archived,
        name: &SessionName,
        planned: &PlannedMessage,
    ) -> Result<()> {
        let Some(print) = print(&planned.message) else {
            return Ok(());
        };
        self.records += 1;
        let Some(Some((session, shown))) = self.sessions.get(name) else {
            let what = format!(
                "what stands here is of the session {}, which is not shown",
                name.base
            );
            self.gaps
                .push(hidden(&cursor.path.display(), planned.offset, what));
            return Ok(());
        };
        if shown.prints.contains(&print) || self.is_delivered(*session, &planned.message)? {
            return Ok(());
        }
        let what = format!("what stands here is not shown in the session {}", name.base);
        self.gaps
            .push(hidden(&cursor.path.display(), planned.offset, what));
        Ok(())
    }

    /// A prompt that waited stands in its session as it was delivered, perhaps wrapped.
    fn is_delivered(&self, session: i64, message: &NewMessage) -> Result<bool> {
        if !message.is_waiting {
            return Ok(false);
        }
        let words: Vec<&str> = message.user_text.split_whitespace().collect();
        self.reader
            .is_typed_in(session, &words)
            .map_err(|e| self.reader.explain(&e))
    }
}

/// The print of what a message says; `None` when it says nothing.
fn print(message: &NewMessage) -> Option<Print> {
    let texts = [
        &message.user_text,
        &message.assistant_text,
        &message.thinking_text,
        &message.event_text,
    ];
    let says = texts.iter().any(|text| !text.is_empty())
        || !message.tool_uses.is_empty()
        || !message.tool_results.is_empty()
        || !message.attachments.is_empty();
    let mut printer = Printer::default();
    for text in texts {
        printer.add(text.as_bytes());
    }
    for call in &message.tool_uses {
        printer.add(call.name.as_bytes());
        printer.add(call.parameters.text.as_bytes());
    }
    for answer in &message.tool_results {
        printer.add(answer.output.text.as_bytes());
        printer.add(if answer.is_error { b"failed" } else { b"" });
    }
    for blob in &message.attachments {
        printer.add(blob.kind.as_bytes());
        printer.add(blob.filename.as_deref().unwrap_or_default().as_bytes());
        printer.add(blob.content.as_ref().map_or(&[], |(hash, _)| hash));
    }
    says.then(|| printer.print())
}

fn hidden(path: &dyn std::fmt::Display, offset: u64, reason: String) -> Gap {
    Gap {
        path: path.to_string(),
        offset,
        reason,
        is_damage: false,
        is_hidden: true,
    }
}
