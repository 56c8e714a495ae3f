//! A message as it is shown: what was said, thought and done, each with its answer.

use scrollback_engine::model::{AttachmentRow, MessageRow, ToolResultRow, Turn};
use serde::Serialize;

use crate::cut::{Bounds, Length, OUTPUT, PROSE};
use crate::injected::{Form, Injected, Segment, is_typed, segments};
use crate::markdown::{self, Breaks};
use crate::tools::{self, Family, Scene};
use crate::{ansi, code, orders, safe, text, typed};

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Card {
    /// The message.
    pub id: String,
    /// The model that speaks.
    pub model: Option<String>,
    /// What it consists of, in order.
    pub blocks: Vec<Block>,
}

/// Part of a message. Every `html` is safe to show; `length` tells how long all of it is where not all
/// is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// What was said.
    Said {
        /// The words.
        html: String,
        /// How long all of them are.
        length: Option<Length>,
    },
    /// What the model thought.
    Thinking {
        /// The words.
        html: String,
        /// How long all of them are.
        length: Option<Length>,
    },
    /// What the agent put among a person's words, or noted beside the talk.
    Injected {
        /// What it is.
        label: String,
        /// How it begins: plain text.
        title: String,
        /// All that is shown of it; empty where the label says it all.
        html: String,
        /// How long all of it is.
        length: Option<Length>,
    },
    /// A call with its answer.
    Call {
        /// The agent's id of the call.
        call: String,
        /// What the tool does.
        family: Family,
        /// What the tool is called.
        name: String,
        /// What this call does: plain text.
        title: String,
        /// What came of it, in a few words.
        note: Option<String>,
        /// How it ended.
        outcome: Outcome,
        /// Seconds until the answer.
        seconds: Option<f64>,
        /// It is worth a look without being asked for.
        is_open: bool,
        /// Arguments and answer.
        html: String,
        /// How long all of it is.
        length: Option<Length>,
    },
    /// An image or document.
    Attachment {
        /// The message it belongs to.
        message: String,
        /// Its number among those of the message, from 0.
        number: u32,
        /// `image` or `document`.
        what: String,
        /// Its name.
        name: Option<String>,
        /// Its media type.
        mime: Option<String>,
        /// Its size; none when the transcript only refers to it.
        bytes: Option<u64>,
        /// It can be shown as a picture.
        is_picture: bool,
    },
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// The tool failed.
    Failed,
    /// No answer is known.
    Unanswered,
}

/// Types of pictures a window shows. SVG is a program, so it is not one.
const PICTURES: [&str; 5] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
];

/// Whether something of this type can be shown as a picture.
pub fn is_picture(mime: &str) -> bool {
    PICTURES.contains(&mime)
}

/// `turn` as it is shown.
pub fn card(turn: &Turn, scene: Scene<'_>) -> Card {
    let message = &turn.message;
    let mut blocks = Vec::new();
    if let Some(words) = said(message.thinking_text.as_deref()) {
        let (html, length) = prose(words, scene, written);
        blocks.push(Block::Thinking { html, length });
    }
    if let Some(words) = said(message.user_text.as_deref()) {
        user_side(&mut blocks, message, words, scene);
    }
    if let Some(words) = said(message.assistant_text.as_deref()) {
        let (html, length) = prose(words, scene, written);
        blocks.push(Block::Said { html, length });
    }
    if let Some(words) = said(message.event_text.as_deref()) {
        blocks.push(injected(event_label(message), words, Form::Note, scene));
    }
    attachments(&mut blocks, message);
    for call in &message.tool_uses {
        let answer = turn.answers.iter().chain([message]).find_map(|row| {
            let result = row
                .tool_results
                .iter()
                .find(|result| result.tool_use_id == call.id)?;
            Some((row, result))
        });
        let view = tools::view(Some(call), answer.map(|(_, result)| result), scene);
        let seconds = answer.and_then(|(row, _)| seconds(message, row));
        blocks.push(call_block(
            call.id.clone(),
            view,
            answer.map(|(_, result)| result),
            seconds,
        ));
    }
    // An image is an answer too.
    for row in &turn.answers {
        attachments(&mut blocks, row);
    }
    for result in &message.tool_results {
        let is_answered_here = message
            .tool_uses
            .iter()
            .any(|call| call.id == result.tool_use_id);
        if !is_answered_here {
            let view = tools::view(None, Some(result), scene);
            blocks.push(call_block(
                result.tool_use_id.clone(),
                view,
                Some(result),
                None,
            ));
        }
    }
    Card {
        id: message.id.clone(),
        model: message.model.as_deref().map(|model| text::line(model, 80)),
        blocks,
    }
}

/// What a note of the agent is: the record's own word for it.
pub fn event_label(message: &MessageRow) -> String {
    if message.role == "event" && !message.kind.is_empty() {
        text::line(&message.kind, 60)
    } else {
        "Other content".to_owned()
    }
}

fn said(words: Option<&str>) -> Option<&str> {
    words.filter(|words| !words.trim().is_empty())
}

/// As a model writes.
fn written(words: &str) -> String {
    markdown::html(words, Breaks::Joined)
}

fn prose(
    words: &str,
    scene: Scene<'_>,
    shown: impl Fn(&str) -> String,
) -> (String, Option<Length>) {
    // In a paste from a terminal colours would only be noise.
    let words = &orders::without(words);
    cut(words, PROSE, scene, |part| {
        format!("<div class=\"prose\" dir=\"auto\">{}</div>", shown(part))
    })
}

fn cut(
    words: &str,
    bounds: Bounds,
    scene: Scene<'_>,
    html: impl Fn(&str) -> String,
) -> (String, Option<Length>) {
    let cut = bounds.cut(words, scene.extent);
    (safe::cleaned(&cut.html(html)), cut.length)
}

fn user_side(blocks: &mut Vec<Block>, message: &MessageRow, words: &str, scene: Scene<'_>) {
    if message.role == "compact_summary" {
        let (html, length) = prose(words, scene, written);
        let label = "Summary of what came before".to_owned();
        blocks.push(Block::Injected {
            label,
            title: String::new(),
            html,
            length,
        });
        return;
    }
    for segment in segments(words, is_typed(message)) {
        blocks.push(match segment {
            Segment::Said(words) => {
                let (html, length) = prose(&words, scene, typed::html);
                Block::Said { html, length }
            }
            Segment::Injected(Injected { label, text, form }) => injected(label, text, form, scene),
        });
    }
}

fn injected(label: String, words: &str, form: Form, scene: Scene<'_>) -> Block {
    let (html, length) = match form {
        _ if words.is_empty() => (String::new(), None),
        Form::Prose => prose(words, scene, |part| markdown::html(part, Breaks::Kept)),
        Form::Output => cut(words, OUTPUT, scene, |part| {
            format!(
                "<div class=\"term\"><pre class=\"out\">{}</pre></div>",
                ansi::html(part)
            )
        }),
        Form::Note => cut(&orders::without(words), OUTPUT, scene, |part| {
            format!("<pre class=\"out\">{}</pre>", text::escaped(part))
        }),
        Form::Command => cut(words, OUTPUT, scene, |part| {
            format!("<div class=\"term\">{}</div>", code::block(part, "bash"))
        }),
    };
    Block::Injected {
        label: text::line(&label, 120),
        title: text::line(&beginning(words, form), 160),
        html,
        length,
    }
}

/// How an injected text begins, without the colours of a terminal.
fn beginning(words: &str, form: Form) -> String {
    let first = &words[..words.floor_char_boundary(400)];
    match form {
        Form::Output => ansi::plain(first),
        Form::Prose => without_elements(first),
        Form::Command | Form::Note => first.to_owned(),
    }
}

/// The text in and around `<elements>`.
fn without_elements(text: &str) -> String {
    let mut parts = text.split('<');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('>') {
            Some((name, rest)) if !name.is_empty() && !name.starts_with([' ', '=']) => {
                out.push(' ');
                out.push_str(rest);
            }
            _ => {
                out.push('<');
                out.push_str(part);
            }
        }
    }
    out
}

fn attachments(blocks: &mut Vec<Block>, message: &MessageRow) {
    for (number, attachment) in message.attachments.iter().enumerate() {
        let AttachmentRow {
            kind,
            filename,
            mime_type,
            bytes,
        } = attachment;
        let is_known = mime_type.as_deref().is_some_and(is_picture);
        blocks.push(Block::Attachment {
            message: message.id.clone(),
            number: number as u32,
            what: text::line(kind, 40),
            name: filename.as_deref().map(|name| text::line(name, 200)),
            mime: mime_type.as_deref().map(|mime| text::line(mime, 80)),
            bytes: *bytes,
            is_picture: is_known && bytes.is_some(),
        });
    }
}

fn call_block(
    call: String,
    view: tools::View,
    answer: Option<&ToolResultRow>,
    seconds: Option<f64>,
) -> Block {
    let outcome = match answer {
        None => Outcome::Unanswered,
        Some(answer) if answer.error => Outcome::Failed,
        Some(_) => Outcome::Answered,
    };
    Block::Call {
        call,
        family: view.family,
        name: view.name,
        title: view.title,
        note: view.note,
        outcome,
        seconds,
        is_open: view.is_open,
        html: safe::cleaned(&view.html),
        length: view.length,
    }
}

/// Seconds from a call to its answer.
fn seconds(call: &MessageRow, answer: &MessageRow) -> Option<f64> {
    let millis = |row: &MessageRow| crate::time::millis(row.timestamp.as_deref()?);
    let passed = millis(answer)? - millis(call)?;
    (passed >= 0).then_some(passed as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut::Extent;

    fn blocks(role: &str, user: Option<&str>, event: Option<&str>) -> Vec<Block> {
        let message = MessageRow {
            id: "m~1".into(),
            parent_id: None,
            kind: "hook_success".into(),
            role: role.into(),
            timestamp: None,
            user_text: user.map(str::to_owned),
            assistant_text: None,
            thinking_text: None,
            event_text: event.map(str::to_owned),
            model: None,
            is_sidechain: false,
            is_meta: false,
            tool_uses: Vec::new(),
            tool_results: Vec::new(),
            attachments: Vec::new(),
        };
        let answers = Vec::new();
        let scene = Scene {
            project: None,
            extent: Extent::Short,
        };
        card(&Turn { message, answers }, scene).blocks
    }

    #[test]
    fn a_note_is_folded_below_its_kind() {
        let text = format!("no <b> commits\n{}", "line\n".repeat(60));
        let blocks_of = |role| blocks(role, None, Some(&text));
        let [
            Block::Injected {
                label,
                title,
                html,
                length,
            },
        ] = &blocks_of("event")[..]
        else {
            panic!("one block");
        };
        assert_eq!(label, "hook_success");
        assert!(title.starts_with("no <b> commits line"), "{title}");
        assert!(
            html.contains("<pre class=\"out\">no &lt;b&gt; commits\n"),
            "{html}"
        );
        assert_eq!(length.map(|length| length.lines), Some(61));
        let [Block::Injected { label, .. }] = &blocks_of("assistant")[..] else {
            panic!("one block");
        };
        assert_eq!(label, "Other content");
    }

    #[test]
    fn a_command_is_what_a_person_typed() {
        let text = "<command-name>/review</command-name><command-args>PR 77</command-args>";
        for role in ["prompt", "queued_prompt", "withdrawn_prompt"] {
            let [Block::Said { html, .. }] = &blocks(role, Some(text), None)[..] else {
                panic!("one block");
            };
            assert!(html.contains(">/review PR 77</p>"), "{html}");
        }
        let [Block::Injected { label, .. }] = &blocks("injected", Some(text), None)[..] else {
            panic!("one block");
        };
        assert_eq!(label, "Command /review");
    }
}
