//! Notes in the chain beside the conversation: `attachment` records, which Claude Code puts before the model, and
//! `progress` records (up to 2.1.8x), which tell what goes on while a tool runs.

use super::block::Content;
use super::json::{Flag, Text, object};
use super::readable::{Lines, note};
use super::record::Kind;
use super::{queue, silent};
use crate::entry::Message;

/// How a queued command that a person typed is to be taken.
const TYPED_MODES: [&str; 2] = ["prompt", "bash"];

object! {
    /// An attachment; of the many types only `queued_command` is more than its text.
    Attached<'de> {
        "type" => kind: Text<'de>,
        "prompt" => prompt: Content<'de>,
        "commandMode" => mode: Text<'de>,
        "isMeta" => is_meta: Flag,
        "origin" => origin: Kind<'de>,
    }
    and others
}

object! {
    /// What goes on while a tool runs. Of `agent_progress` we take the link to the subagent.
    Progress<'de> {
        "type" => kind: Text<'de>,
        "agentId" => agent: Text<'de>,
    }
    and others
}

impl Attached<'_> {
    pub fn fill(mut self, message: &mut Message) {
        let kind = std::mem::take(&mut self.kind).into_text();
        if silent::is_in(silent::ATTACHMENTS, &kind) {
            return;
        }
        if kind == "queued_command" {
            let mode = self.mode.0.as_deref();
            let is_typed = mode.is_none_or(|mode| TYPED_MODES.contains(&mode))
                && !self.is_meta.0
                && self.origin.is_human();
            queue::waiting(std::mem::take(&mut self.prompt).said(), is_typed, message);
            self.mode = Text::default();
        }
        let kind = if kind.is_empty() { "attachment" } else { &kind };
        note(&mut message.event_text, kind, &self.into_text());
    }

    /// All that is text, whatever it is.
    pub fn into_text(self) -> String {
        let mut lines = Lines::new(silent::is_member);
        self.others.add_to(&mut lines);
        lines.text("commandMode", self.mode.as_str());
        let said = self.prompt.said();
        lines.text("prompt", &said.text);
        lines.text("", &said.notes);
        lines.into_text()
    }
}

impl Progress<'_> {
    pub fn fill(self, message: &mut Message) {
        if silent::is_in(silent::PROGRESS, self.kind.as_str()) {
            return;
        }
        let kind = match self.kind.as_str() {
            "" => "progress".to_owned(),
            kind => kind.to_owned(),
        };
        note(&mut message.event_text, &kind, &self.into_text());
    }

    /// All that is text, whatever it is.
    pub fn into_text(self) -> String {
        let mut lines = Lines::new(silent::is_member);
        self.others.add_to(&mut lines);
        lines.into_text()
    }
}
