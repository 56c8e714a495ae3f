//! Markdown: what was said as it was written, calls with their answers as code.

use std::fmt::Write as _;
use std::io::{self, Write};

use scrollback_engine::model::{
    AttachmentRow, MessageRow, SessionRow, Tokens, ToolResultRow, Turn,
};

use super::{Source, Writer, minute, who};
use crate::ansi;
use crate::cut::Extent;
use crate::injected::{Segment, segments};
use crate::rows::Row;
use crate::secrets::RULES;
use crate::text;
use crate::tools::{Scene, telling};

#[derive(Default)]
pub struct Markdown {
    last: Option<&'static str>,
}

impl Writer for Markdown {
    fn begin(&mut self, session: &SessionRow, _: &Tokens, out: &mut dyn Write) -> io::Result<()> {
        let title = text::line(session.title.as_deref().unwrap_or("Untitled session"), 300);
        writeln!(out, "# {title}\n")?;
        for (name, value) in [
            ("Session", Some(session.id.as_str())),
            ("Project", session.project_path.as_deref()),
            ("Branch", session.git_branch.as_deref()),
            ("Model", session.model.as_deref()),
            ("Began", session.created_at.as_deref()),
            ("Ended", session.last_activity_at.as_deref()),
        ] {
            if let Some(value) = value {
                writeln!(out, "- {name}: {}", text::line(value, 400))?;
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
        // One heading for all that is said in a row.
        if self.last != Some(speaker) || row.role != "assistant" {
            writeln!(out, "\n## {speaker} · {}", minute(row.at.as_deref()))?;
        }
        self.last = Some(speaker);
        write!(out, "\n{said}")
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
        let quoted: Vec<String> = thought.lines().map(|line| format!("> {line}")).collect();
        let _ = writeln!(out, "> *Thinking*\n>\n{}\n", quoted.join("\n"));
    }
    if let Some(said) = some(message.user_text.as_deref()) {
        user_side(&mut out, message, said);
    }
    if let Some(said) = some(message.assistant_text.as_deref()) {
        let _ = writeln!(out, "{said}\n");
    }
    attachments(&mut out, &message.attachments);
    for call in &message.tool_uses {
        let _ = writeln!(
            out,
            "**{}** `{}`\n",
            text::line(&call.tool_name, 80),
            telling(&call.parameters).replace('`', "'")
        );
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
        .map(str::to_owned)
        .collect();
    for call in &message.tool_uses {
        parts.push(format!("{}: {}", call.tool_name, telling(&call.parameters)));
        parts.extend(answer(turn, &call.id).map(|result| ansi::plain(&result.output)));
    }
    if parts.is_empty() {
        parts.extend(some(message.thinking_text.as_deref()).map(str::to_owned));
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
    let is_typed = matches!(message.role.as_str(), "prompt" | "queued_prompt") && !message.is_meta;
    if message.role == "compact_summary" {
        let _ = writeln!(out, "{said}\n");
        return;
    }
    for segment in segments(said, is_typed) {
        match segment {
            Segment::Said(words) => {
                let _ = writeln!(out, "{words}\n");
            }
            Segment::Injected(injected) => {
                let _ = writeln!(out, "*{}*\n", injected.label);
                if !injected.text.is_empty() {
                    fence(out, "", &ansi::plain(injected.text));
                }
            }
        }
    }
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
        let _ = writeln!(
            out,
            "[{}: {}]\n",
            text::line(&attachment.kind, 40),
            text::line(name, 200)
        );
    }
}

/// A block of code that nothing in it ends.
fn fence(out: &mut String, language: &str, code: &str) {
    let longest = code
        .lines()
        .map(|line| {
            line.trim_start()
                .bytes()
                .take_while(|byte| *byte == b'`')
                .count()
        })
        .max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let _ = writeln!(out, "{fence}{language}\n{}\n{fence}\n", code.trim_end());
}

/// The whole of everything.
pub(super) const WHOLE: Scene<'static> = Scene {
    project: None,
    extent: Extent::Whole,
};
