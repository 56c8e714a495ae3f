//! A conversation laid out: which messages have a place of their own, and what stands there. All of it
//! is known before any text is read, so a list has its final length at once.

use std::collections::{HashMap, HashSet};

use scrollback_engine::model::MessageHead;
use serde::Serialize;

use crate::injected::{Segment, is_role_of_person, segments};
use crate::{text, tools};

/// Bytes of a line of prose, about.
const LINE: u64 = 90;
/// Lines of one thing, at most: longer ones are cut.
const TALLEST: u64 = 40;

/// A message that has a place of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Row {
    /// The message.
    pub id: String,
    /// Who speaks: `prompt`, `queued_prompt`, `withdrawn_prompt` (typed while the agent worked, and taken back),
    /// `assistant`, `tool_result`, `injected`, `compact_summary`, `event`.
    pub role: String,
    /// When: ISO 8601.
    pub at: Option<String>,
    /// Lines it will take, about.
    pub lines: u32,
    /// Bytes shown here: when they change, so has what is to be shown.
    pub bytes: u64,
    /// How a prompt begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub title: Option<String>,
    /// Tools that are called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<Vec<String>>"))]
    pub tools: Vec<String>,
    /// The messages whose answers are shown here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<Vec<String>>"))]
    pub answers: Vec<String>,
    /// Something is said.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub says: bool,
    /// Something is thought.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub thinks: bool,
    /// It does nothing but look.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub only_looks: bool,
    /// Images or documents stand with it.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub attaches: bool,
    /// A call failed.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub fails: bool,
    /// What stood before it is not in the store.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub has_gap: bool,
    /// The conversation went on from an earlier message.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub is_left: bool,
    /// It belongs to the session this one was copied from.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub is_copy: bool,
    /// Part of a subagent's conversation.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
    pub is_sidechain: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Lays `heads` out.
pub fn rows(heads: &[MessageHead]) -> Vec<Row> {
    let left = left_branches(heads);
    let mut calls: HashMap<&str, usize> = HashMap::new();
    for (at, head) in heads.iter().enumerate() {
        for call in &head.calls {
            calls.entry(&call.id).or_insert(at);
        }
    }
    // The first answer to a call stands with it; what is left of its message, at its own place.
    let mut answered: HashSet<&str> = HashSet::new();
    let mut moved: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
    for (at, head) in heads.iter().enumerate() {
        for (number, answer) in head.answers.iter().enumerate() {
            if let Some(caller) = calls
                .get(answer.call.as_str())
                .filter(|_| answered.insert(&answer.call))
            {
                moved.entry(*caller).or_default().push((at, number));
            }
        }
    }
    let elsewhere: HashSet<(usize, usize)> = moved.values().flatten().copied().collect();
    let mut rows = Vec::new();
    let mut has_gap = false;
    for (at, head) in heads.iter().enumerate() {
        has_gap |= head.has_lost_parent;
        let orphans: Vec<_> = (0..head.answers.len())
            .filter(|number| !elsewhere.contains(&(at, *number)))
            .filter_map(|number| head.answers.get(number))
            .collect();
        // The images of an answer stand with the call.
        let is_answer = !head.answers.is_empty() && orphans.is_empty();
        let has_attachments = head.attachments > 0 && !is_answer;
        let says = head.user > 0 || head.assistant > 0;
        if !says
            && head.thinking == 0
            && head.event == 0
            && head.calls.is_empty()
            && orphans.is_empty()
            && !has_attachments
        {
            continue;
        }
        let mut attaches = has_attachments;
        let mut answers: Vec<&MessageHead> = Vec::new();
        let (mut fails, mut bytes) = (
            orphans.iter().any(|answer| answer.is_error),
            head.user + head.assistant + head.thinking + head.event,
        );
        // What is thought and noted is folded.
        let folded = u64::from(head.thinking > 0) + u64::from(head.event > 0);
        let mut lines = lines_of(head.user) + lines_of(head.assistant) + folded;
        for answer in &orphans {
            lines += lines_of(answer.bytes) + 2;
            bytes += answer.bytes;
        }
        for call in &head.calls {
            lines += if tools::only_looks(&call.tool) {
                2
            } else {
                2 + lines_of(call.bytes) / 2
            };
            bytes += call.bytes;
        }
        for (from, number) in moved.get(&at).into_iter().flatten() {
            let Some(answer) = heads
                .get(*from)
                .and_then(|head| head.answers.get(*number).map(|answer| (head, answer)))
            else {
                continue;
            };
            let (giver, answer) = answer;
            if !answers.iter().any(|known| known.id == giver.id) {
                answers.push(giver);
                lines += u64::from(giver.attachments) * 8;
                attaches |= giver.attachments > 0;
            }
            fails |= answer.is_error;
            // An empty answer is one, too.
            bytes += answer.bytes + 1;
            let is_folded = head
                .calls
                .iter()
                .any(|call| call.id == answer.call && tools::only_looks(&call.tool));
            lines += if is_folded && !answer.is_error {
                0
            } else {
                lines_of(answer.bytes).min(22)
            };
        }
        rows.push(Row {
            id: head.id.clone(),
            role: head.role.clone(),
            at: head.at.clone(),
            lines: (lines + u64::from(head.attachments) * 8).min(400) as u32,
            bytes,
            title: title(head),
            tools: head
                .calls
                .iter()
                .map(|call| text::line(&call.tool, 60))
                .collect(),
            answers: answers.iter().map(|giver| giver.id.clone()).collect(),
            says,
            thinks: head.thinking > 0,
            only_looks: !says
                && !fails
                && !head.calls.is_empty()
                && head.calls.iter().all(|call| tools::only_looks(&call.tool)),
            attaches,
            fails,
            has_gap: std::mem::take(&mut has_gap),
            is_left: left.get(at).copied().unwrap_or_default(),
            is_copy: head.is_copy,
            is_sidechain: head.is_sidechain,
        });
    }
    rows
}

fn lines_of(bytes: u64) -> u64 {
    bytes.div_ceil(LINE).min(TALLEST)
}

/// What a person said, for a list of prompts.
fn title(head: &MessageHead) -> Option<String> {
    if !is_role_of_person(&head.role) {
        return None;
    }
    let beginning = head.beginning.as_deref()?;
    // What was run in a shell, as it was typed.
    let run = beginning.strip_prefix("<bash-input>");
    if let Some((command, _)) = run.and_then(|rest| rest.split_once("</bash-input>")) {
        return Some(text::line(&format!("! {command}"), 120));
    }
    let said = segments(beginning, true)
        .into_iter()
        .find_map(|segment| match segment {
            Segment::Said(words) => Some(words),
            Segment::Injected(_) => None,
        });
    Some(text::line(said.as_deref().unwrap_or(beginning), 120))
}

/// Which messages lie on a branch that was left: of several prompts after the same message, all but the
/// one from which the newest message comes, with everything after them.
fn left_branches(heads: &[MessageHead]) -> Vec<bool> {
    let at: HashMap<i64, usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| (head.number, at))
        .collect();
    let parent: Vec<Option<usize>> = heads
        .iter()
        .map(|head| head.parent.and_then(|number| at.get(&number).copied()))
        .collect();
    let newest = newest_after(&parent);
    // Notes of the agent stand between a message and the prompts after it.
    let spoken_parent = |from: usize| {
        let mut up = parent.get(from).copied().flatten();
        for _ in 0..heads.len() {
            match up {
                Some(index) if heads.get(index).is_some_and(|head| head.role == "event") => {
                    up = parent.get(index).copied().flatten();
                }
                found => return found,
            }
        }
        None
    };
    let mut prompts: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, head) in heads.iter().enumerate() {
        if head.role == "prompt"
            && !head.is_sidechain
            && let Some(from) = spoken_parent(index)
        {
            prompts.entry(from).or_default().push(index);
        }
    }
    let mut is_left = vec![None; heads.len()];
    for group in prompts.values().filter(|group| group.len() > 1) {
        let kept = group.iter().max_by_key(|index| newest.get(**index));
        for index in group.iter().filter(|index| Some(*index) != kept) {
            is_left[*index] = Some(true);
        }
    }
    // Who comes from a message that was left was left.
    let mut way = Vec::new();
    for index in 0..heads.len() {
        let mut up = Some(index);
        while let Some(here) = up.filter(|here| is_left[*here].is_none()) {
            // Marked on the way, so that a circle ends.
            is_left[here] = Some(false);
            way.push(here);
            up = parent[here];
        }
        let verdict = up.and_then(|here| is_left[here]).unwrap_or_default();
        for here in way.drain(..) {
            is_left[here] = Some(verdict);
        }
    }
    is_left.into_iter().map(Option::unwrap_or_default).collect()
}

/// For each message the last one that comes from it.
fn newest_after(parent: &[Option<usize>]) -> Vec<usize> {
    let mut newest = vec![usize::MAX; parent.len()];
    for last in (0..parent.len()).rev() {
        let mut up = Some(last);
        while let Some(here) = up.filter(|here| newest[*here] == usize::MAX) {
            newest[here] = last;
            up = parent[here];
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrollback_engine::model::{AnswerHead, CallHead};

    fn head(number: i64, parent: Option<i64>, role: &str) -> MessageHead {
        MessageHead {
            id: format!("m{number}"),
            number,
            parent,
            role: role.into(),
            user: if role == "prompt" { 10 } else { 0 },
            assistant: if role == "assistant" { 10 } else { 0 },
            beginning: Some("hello".into()),
            ..MessageHead::default()
        }
    }

    fn calling(number: i64, parent: i64, id: &str, tool: &str) -> MessageHead {
        let calls = vec![CallHead {
            id: id.into(),
            tool: tool.into(),
            bytes: 30,
        }];
        MessageHead {
            calls,
            assistant: 0,
            ..head(number, Some(parent), "assistant")
        }
    }

    fn answering(number: i64, parent: i64, id: &str, is_error: bool) -> MessageHead {
        let answers = vec![AnswerHead {
            call: id.into(),
            is_error,
            bytes: 30,
        }];
        MessageHead {
            answers,
            ..head(number, Some(parent), "tool_result")
        }
    }

    fn ids(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.id.as_str()).collect()
    }

    #[test]
    fn an_answer_stands_with_its_call_and_nothing_has_no_place() {
        let heads = [
            head(1, None, "prompt"),
            head(2, Some(1), "event"),
            calling(3, 2, "c1", "Read"),
            calling(4, 3, "c2", "Bash"),
            answering(5, 3, "c1", false),
            answering(6, 4, "c2", true),
            answering(7, 6, "nobody", false),
        ];
        let rows = rows(&heads);
        assert_eq!(ids(&rows), ["m1", "m3", "m4", "m7"]);
        assert_eq!(rows[1].answers, ["m5"]);
        assert!(rows[1].only_looks && !rows[1].fails);
        assert!(rows[2].fails && !rows[2].only_looks);
        assert_eq!(rows[0].title.as_deref(), Some("hello"));
    }

    #[test]
    fn an_event_with_words_has_a_place_and_is_no_branch() {
        let noted = |head| MessageHead { event: 500, ..head };
        let heads = [
            head(1, None, "prompt"),
            noted(head(2, Some(1), "event")),
            noted(head(3, Some(2), "assistant")),
            head(4, Some(2), "event"),
            MessageHead {
                user: 10,
                ..head(5, Some(3), "withdrawn_prompt")
            },
        ];
        let rows = rows(&heads);
        assert_eq!(ids(&rows), ["m1", "m2", "m3", "m5"]);
        assert!(!rows[1].says && rows[1].lines == 1 && rows[1].bytes == 500);
        assert_eq!(rows[3].title.as_deref(), Some("hello"));
        assert!(rows.iter().all(|row| !row.is_left));
    }

    #[test]
    fn what_is_attached_stands_with_a_prompt_or_with_the_call() {
        let with_images = |head| MessageHead {
            attachments: 2,
            ..head
        };
        let heads = [
            with_images(head(1, None, "prompt")),
            calling(2, 1, "c1", "Read"),
            calling(3, 2, "c2", "Read"),
            with_images(answering(4, 2, "c1", false)),
            answering(5, 3, "c2", false),
        ];
        let attaching: Vec<bool> = rows(&heads).iter().map(|row| row.attaches).collect();
        assert_eq!(attaching, [true, true, false]);
    }

    #[test]
    fn a_second_answer_to_a_call_has_a_place_of_its_own() {
        let heads = [
            calling(1, 0, "c", "Bash"),
            answering(2, 1, "c", false),
            answering(3, 1, "c", false),
        ];
        assert_eq!(ids(&rows(&heads)), ["m1", "m3"]);
    }

    #[test]
    fn what_was_taken_back_is_a_branch_that_was_left() {
        let heads = [
            head(1, None, "prompt"),
            head(2, Some(1), "assistant"),
            head(3, Some(2), "prompt"),
            head(4, Some(3), "assistant"),
            head(5, Some(2), "event"),
            head(6, Some(5), "prompt"),
            head(7, Some(6), "assistant"),
        ];
        let left: Vec<bool> = rows(&heads).iter().map(|row| row.is_left).collect();
        assert_eq!(left, [false, false, true, true, false, false]);
    }

    #[test]
    fn one_may_go_back_to_the_older_branch() {
        let heads = [
            head(1, None, "prompt"),
            head(2, Some(1), "prompt"),
            head(3, Some(1), "prompt"),
            head(4, Some(2), "assistant"),
        ];
        let left: Vec<bool> = rows(&heads).iter().map(|row| row.is_left).collect();
        assert_eq!(left, [false, false, true, false]);
    }

    #[test]
    fn parallel_calls_are_no_branches_and_circles_end() {
        let heads = [
            head(1, Some(2), "prompt"),
            head(2, Some(1), "assistant"),
            calling(3, 2, "a", "Bash"),
            calling(4, 3, "b", "Bash"),
            answering(5, 3, "a", false),
            answering(6, 4, "b", false),
            head(7, Some(5), "prompt"),
        ];
        assert!(rows(&heads).iter().all(|row| !row.is_left));
    }

    #[test]
    fn a_message_whose_parent_is_nowhere_is_a_gap() {
        let mut lost = head(2, None, "event");
        lost.has_lost_parent = true;
        let heads = [head(1, None, "prompt"), lost, head(3, Some(2), "assistant")];
        let gaps: Vec<bool> = rows(&heads).iter().map(|row| row.has_gap).collect();
        assert_eq!(gaps, [false, true], "shown before the next message that is");
    }
}
