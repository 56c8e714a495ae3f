//! `scrollback show`: one conversation, to be read from top to bottom.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use anstyle::Style;
use scrollback_engine::engine::Engine;
use scrollback_engine::model::{Conversation, MessageRow, SessionRow, ToolResultRow, ToolUseRow};
use scrollback_render::injected::{Injected, Segment, is_typed, segments};
use scrollback_render::{event_label, telling};

use super::Outcome;
use crate::args::Show;
use crate::exit::FINE;
use crate::output::paint::{BAD, BOLD, DIM, PLAIN};
use crate::output::table::cut;
use crate::output::{Screen, sanitize, words};

/// Lines of a result, or of text the agent put in, that are shown without `--full`.
const FEW: usize = 5;
/// Characters of a line of a result in a pipe, without `--full`.
const LONG: usize = 200;

pub fn run(engine: &Engine, args: &Show, screen: &mut Screen) -> Outcome {
    let conversation = engine.conversation(&args.session)?;
    if args.json {
        screen.json(&conversation)?;
        return Ok(FINE);
    }
    Page {
        conversation: &conversation,
        is_full: args.full,
        is_raw: args.raw,
        screen,
    }
    .write()?;
    Ok(FINE)
}

/// Who speaks, in a word.
pub fn who(role: &str) -> Cow<'_, str> {
    match role {
        "prompt" => "You".into(),
        "queued_prompt" => "You, while it worked".into(),
        "withdrawn_prompt" => "You, typed and taken back".into(),
        "assistant" => "Assistant".into(),
        "tool_result" => "Tool".into(),
        "injected" => "Added by the agent".into(),
        "compact_summary" => "Summary of what came before".into(),
        "event" => "Event".into(),
        other => sanitize::line(other),
    }
}

struct Page<'a> {
    conversation: &'a Conversation,
    is_full: bool,
    is_raw: bool,
    screen: &'a mut Screen,
}

impl Page<'_> {
    fn write(&mut self) -> io::Result<()> {
        self.head(&self.conversation.session)?;
        let messages = &self.conversation.messages;
        // A result reads best below its call, wherever the transcript has it.
        let answers: HashMap<&str, &ToolResultRow> = messages
            .iter()
            .flat_map(|message| &message.tool_results)
            .filter(|result| !result.tool_use_id.is_empty())
            .map(|result| (result.tool_use_id.as_str(), result))
            .collect();
        let calls: HashSet<&str> = messages
            .iter()
            .flat_map(|message| &message.tool_uses)
            .map(|call| call.id.as_str())
            .collect();
        for message in messages {
            self.message(message, &answers, &calls)?;
        }
        Ok(())
    }

    fn head(&mut self, session: &SessionRow) -> io::Result<()> {
        let title = self.clean_line(session.title.as_deref().unwrap_or("no title"));
        let title = self.screen.paint.apply(BOLD, &title);
        writeln!(self.screen, "{title}")?;
        let clock = &self.screen.clock;
        let times = match (&session.created_at, &session.last_activity_at) {
            (Some(from), Some(to)) => Some(format!(
                "{} to {}",
                clock.minute(from),
                clock.written(Some(to))
            )),
            (time, None) | (None, time) => Some(clock.written(time.as_deref())),
        };
        let missing = session
            .source_missing_since
            .as_deref()
            .map(|since| format!("gone from disk since {}, kept here", clock.minute(since)));
        let facts = [
            ("Session", Some(session.id.clone())),
            ("Project", session.project_path.clone()),
            ("Branch", session.git_branch.clone()),
            ("Model", session.model.clone()),
            ("Times", times),
            ("Messages", Some(words::count(session.message_count))),
            ("Started by", session.parent_session_id.clone()),
            ("Source", missing),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                let line = format!("{name:<10}  {}", self.clean_line(&value));
                let line = self.screen.paint.apply(DIM, &line);
                writeln!(self.screen, "{line}")?;
            }
        }
        Ok(())
    }

    fn message(
        &mut self,
        message: &MessageRow,
        answers: &HashMap<&str, &ToolResultRow>,
        calls: &HashSet<&str>,
    ) -> io::Result<()> {
        let is_shown = |result: &&ToolResultRow| !calls.contains(result.tool_use_id.as_str());
        let orphans: Vec<_> = message.tool_results.iter().filter(is_shown).collect();
        let texts = [
            &message.thinking_text,
            &message.assistant_text,
            &message.user_text,
            &message.event_text,
        ];
        let says_something = texts
            .iter()
            .any(|text| text.as_deref().is_some_and(|it| !it.trim().is_empty()))
            || !message.tool_uses.is_empty()
            || !message.attachments.is_empty()
            || !orphans.is_empty();
        if !says_something && !self.is_full {
            return Ok(());
        }
        self.speaker(message)?;
        if let Some(text) = &message.thinking_text {
            self.text(&format!("(thinking) {}", text.trim()), DIM, usize::MAX)?;
        }
        if let Some(text) = &message.assistant_text {
            self.text(text, PLAIN, usize::MAX)?;
        }
        if let Some(text) = &message.user_text {
            self.user_side(message, text)?;
        }
        if let Some(text) = &message.event_text {
            // Who speaks says what an event is; beside other text it says so itself.
            let label = match message.role.as_str() {
                "event" => String::new(),
                _ => format!("({}) ", event_label(message)),
            };
            self.text(&format!("{label}{}", text.trim()), DIM, FEW)?;
        }
        for attachment in &message.attachments {
            let name = attachment
                .filename
                .as_deref()
                .or(attachment.mime_type.as_deref());
            let size = attachment.bytes.map(words::bytes).unwrap_or_default();
            let line = format!(
                "⎘ {}  {}  {size}",
                attachment.kind,
                name.unwrap_or_default()
            );
            let line = self.clean_line(line.trim_end()).into_owned();
            writeln!(self.screen, "{line}")?;
        }
        for call in &message.tool_uses {
            self.call(call)?;
            if let Some(result) = answers.get(call.id.as_str()) {
                self.result(result)?;
            }
        }
        orphans
            .into_iter()
            .try_for_each(|result| self.result(result))
    }

    /// What a person typed is read; what the agent put there is looked at.
    fn user_side(&mut self, message: &MessageRow, text: &str) -> io::Result<()> {
        if message.role == "compact_summary" {
            return self.text(text, DIM, FEW);
        }
        for segment in segments(text, is_typed(message)) {
            match segment {
                Segment::Said(words) => self.text(&words, PLAIN, usize::MAX)?,
                // Who speaks has said it.
                Segment::Injected(Injected { label, text, .. }) if label == who(&message.role) => {
                    self.text(text, DIM, FEW)?;
                }
                Segment::Injected(Injected { label, text, .. }) => {
                    self.text(&format!("({label}) {text}"), DIM, FEW)?;
                }
            }
        }
        Ok(())
    }

    fn speaker(&mut self, message: &MessageRow) -> io::Result<()> {
        let mut about = self.screen.clock.written(message.timestamp.as_deref());
        if message.role == "event" {
            about = format!("{about}  {}", self.clean_line(&message.kind));
        }
        if message.is_sidechain && self.conversation.session.parent_session_id.is_none() {
            about += "  subagent";
        }
        let who = self.screen.paint.apply(BOLD, &who(&message.role));
        let about = self.screen.paint.apply(DIM, &about);
        writeln!(self.screen, "\n{who}  {about}")
    }

    fn call(&mut self, call: &ToolUseRow) -> io::Result<()> {
        let name = self.clean_line(&call.tool_name).into_owned();
        if self.is_full {
            writeln!(self.screen, "⚙ {name}")?;
            return self.text(&call.parameters, DIM, usize::MAX);
        }
        let telling = telling(&call.parameters);
        let line = format!("⚙ {name}  {}", self.clean_line(&telling));
        let line = cut(line.trim_end(), self.screen.width.unwrap_or(LONG));
        writeln!(self.screen, "{line}")
    }

    fn result(&mut self, result: &ToolResultRow) -> io::Result<()> {
        if result.error {
            let failed = self.screen.paint.apply(BAD, "failed:");
            writeln!(self.screen, "  {failed}")?;
        }
        self.text(&result.output, DIM, FEW)
    }

    /// Text of others: whole and plain when it is read, indented and shortened when it is glanced at.
    fn text(&mut self, text: &str, style: Style, most: usize) -> io::Result<()> {
        let text = if self.is_raw {
            Cow::Borrowed(text)
        } else {
            sanitize::text(text)
        };
        let lines: Vec<_> = text.trim_end().trim_start_matches('\n').lines().collect();
        let is_read = self.is_full || most == usize::MAX;
        let shown = if is_read {
            lines.len()
        } else {
            lines.len().min(most)
        };
        let indent = if style == DIM { "  " } else { "" };
        let width = self
            .screen
            .width
            .unwrap_or(LONG)
            .saturating_sub(indent.len());
        for line in &lines[..shown] {
            // A tab is as wide as the terminal likes, so a line to be cut has none.
            let line = if is_read {
                line.to_string()
            } else {
                cut(&line.replace('\t', "  "), width)
            };
            let line = self.screen.paint.apply(style, &line);
            writeln!(self.screen, "{}", format!("{indent}{line}").trim_end())?;
        }
        if shown < lines.len() {
            let hidden = words::counted((lines.len() - shown) as u64, "more line", "more lines");
            let note = format!("{indent}… {hidden} (--full shows all)");
            writeln!(self.screen, "{}", self.screen.paint.apply(DIM, &note))?;
        }
        Ok(())
    }

    fn clean_line<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_raw {
            Cow::Borrowed(text)
        } else {
            sanitize::line(text)
        }
    }
}
