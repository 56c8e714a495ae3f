//! Markdown: what was said as it was written, calls with their answers as code. The headings are ours alone, and what a
//! message says stands below its own.

mod contain;
mod faults;
mod signs;

use std::io::{self, Write};

use scrollback_engine::model::{
    AttachmentRow, MessageRow, SessionRow, Tokens, ToolResultRow, ToolUseRow, Turn,
};

use self::contain::{Voice, contained, quoted};
use self::signs::{code, words as plain_words};
use super::{Source, Writer, minute, who};
use crate::card::event_label;
use crate::cut::Extent;
use crate::injected::{Form, Injected, Segment, is_typed, segments};
use crate::rows::Row;
use crate::secrets::RULES;
use crate::tools::{Scene, telling};
use crate::{ansi, orders, text};

#[derive(Default)]
pub struct Markdown {
    last: Option<&'static str>,
}

impl Writer for Markdown {
    fn begin(&mut self, session: &SessionRow, _: &Tokens, out: &mut dyn Write) -> io::Result<()> {
        let title = text::line(session.title.as_deref().unwrap_or("Untitled session"), 300);
        writeln!(out, "# {}\n", plain_words(&title))?;
        for (name, value) in [
            ("Session", Some(session.id.as_str())),
            ("Project", session.project_path.as_deref()),
            ("Branch", session.git_branch.as_deref()),
            ("Model", session.model.as_deref()),
            ("Began", session.created_at.as_deref()),
            ("Ended", session.last_activity_at.as_deref()),
        ] {
            if let Some(value) = value {
                writeln!(out, "- {name}: {}", plain_words(&text::line(value, 400)))?;
            }
        }
        Ok(())
    }

    fn turn(
        &mut self,
        row: &Row,
        turn: &Turn,
        _: &dyn Source,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let said = markdown(turn);
        if said.trim().is_empty() {
            return Ok(());
        }
        let speaker = who(row);
        // Calls in a row need none of their own.
        let says = row.says || row.thinks || row.role != "assistant";
        if says || self.last != Some(speaker) {
            match plain_words(&minute(row.at.as_deref())) {
                at if at.is_empty() => writeln!(out, "\n## {speaker}")?,
                at => writeln!(out, "\n## {speaker} · {at}")?,
            }
        }
        self.last = Some(speaker);
        writeln!(out, "\n{}", said.trim_end())
    }

    fn end(&mut self, masked: u64, out: &mut dyn Write) -> io::Result<()> {
        if masked > 0 {
            writeln!(
                out,
                "\n---\n\nLikely secrets masked: {masked} (rules: {RULES})"
            )?;
        }
        Ok(())
    }
}

/// A message with its answers, as Markdown.
pub fn markdown(turn: &Turn) -> String {
    let mut out = String::new();
    let message = &turn.message;
    if let Some(thought) = some(message.thinking_text.as_deref()) {
        paragraph(
            &mut out,
            &quoted(&format!("*Thinking*\n\n{thought}"), Voice::Written),
        );
    }
    if let Some(said) = some(message.user_text.as_deref()) {
        user_side(&mut out, message, said);
    }
    if let Some(said) = some(message.assistant_text.as_deref()) {
        paragraph(&mut out, &contained(said, Voice::Written));
    }
    if let Some(noted) = some(message.event_text.as_deref()) {
        labelled(&mut out, &event_label(message), noted);
    }
    attachments(&mut out, &message.attachments);
    for call in &message.tool_uses {
        called(&mut out, call);
        let pretty: Result<serde_json::Value, _> = serde_json::from_str(&call.parameters);
        let pretty = pretty
            .and_then(|value| serde_json::to_string_pretty(&value))
            .unwrap_or_else(|_| call.parameters.clone());
        fence(&mut out, "json", &pretty);
        if let Some(result) = answer(turn, &call.id) {
            answered(&mut out, result);
        }
    }
    for row in &turn.answers {
        attachments(&mut out, &row.attachments);
    }
    for result in &message.tool_results {
        if !message
            .tool_uses
            .iter()
            .any(|call| call.id == result.tool_use_id)
        {
            answered(&mut out, result);
        }
    }
    out
}

/// What a message says, without markup of ours: for the clipboard.
pub fn words(turn: &Turn) -> String {
    let message = &turn.message;
    let said = [&message.user_text, &message.assistant_text];
    let mut parts: Vec<String> = said
        .into_iter()
        .filter_map(|text| some(text.as_deref()))
        .map(|text| orders::without(text).into_owned())
        .collect();
    for call in &message.tool_uses {
        parts.push(format!("{}: {}", call.tool_name, telling(&call.parameters)));
        parts.extend(answer(turn, &call.id).map(|result| ansi::plain(&result.output)));
    }
    if parts.is_empty() {
        let rest = [&message.thinking_text, &message.event_text];
        parts.extend(
            rest.into_iter()
                .filter_map(|text| some(text.as_deref()))
                .map(|text| orders::without(text).into_owned()),
        );
        parts.extend(
            message
                .tool_results
                .iter()
                .map(|result| ansi::plain(&result.output)),
        );
    }
    parts.join("\n\n")
}

fn some(text: Option<&str>) -> Option<&str> {
    text.map(str::trim_end)
        .filter(|text| !text.trim().is_empty())
}

fn answer<'t>(turn: &'t Turn, call: &str) -> Option<&'t ToolResultRow> {
    let rows = turn.answers.iter().chain([&turn.message]);
    rows.flat_map(|row| &row.tool_results)
        .find(|result| result.tool_use_id == call)
}

fn user_side(out: &mut String, message: &MessageRow, said: &str) {
    if message.role == "compact_summary" {
        paragraph(out, &contained(said, Voice::Written));
        return;
    }
    for segment in segments(said, is_typed(message)) {
        match segment {
            Segment::Said(words) => paragraph(out, &contained(&words, Voice::Typed)),
            Segment::Injected(Injected { label, text, form }) => match form {
                Form::Output => labelled(out, &label, &ansi::plain(text)),
                Form::Prose | Form::Command | Form::Note => labelled(out, &label, text),
            },
        }
    }
}

/// What a tool is asked for, in a line.
fn called(out: &mut String, call: &ToolUseRow) {
    let name = plain_words(&text::line(&call.tool_name, 80));
    let name = if name.is_empty() { "Tool" } else { &name };
    let telling = telling(&call.parameters);
    match telling.is_empty() {
        true => paragraph(out, &format!("**{name}**\n")),
        false => paragraph(out, &format!("**{name}** {}\n", code(&telling))),
    }
}

/// What the agent put there.
fn labelled(out: &mut String, label: &str, words: &str) {
    paragraph(
        out,
        &format!("*{}*\n", plain_words(&text::line(label, 120))),
    );
    if !words.trim().is_empty() {
        fence(out, "", words);
    }
}

fn paragraph(out: &mut String, lines: &str) {
    out.push_str(lines);
    out.push('\n');
}

fn answered(out: &mut String, result: &ToolResultRow) {
    if result.error {
        out.push_str("*failed*\n\n");
    }
    if !result.output.trim().is_empty() {
        fence(out, "", &ansi::plain(&result.output));
    }
}

fn attachments(out: &mut String, attachments: &[AttachmentRow]) {
    for attachment in attachments {
        let name = attachment
            .filename
            .as_deref()
            .or(attachment.mime_type.as_deref())
            .unwrap_or_default();
        let kind = text::line(&attachment.kind, 40);
        let line = format!("[{kind}: {}]", text::line(name, 200));
        paragraph(out, &format!("{}\n", plain_words(&line)));
    }
}

fn fence(out: &mut String, language: &str, code: &str) {
    paragraph(out, &signs::fenced(language, &text::visible(code)));
}

/// The whole of everything.
pub(super) const WHOLE: Scene<'static> = Scene {
    project: None,
    extent: Extent::Whole,
};
