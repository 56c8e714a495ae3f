//! Notes in the chain beside the conversation: `attachment` records, which Claude Code puts before the model, and
//! `progress` records (up to 2.1.8x), which tell what goes on while a tool runs. Most of them are no more than text.

use super::block::Content;
use super::cause::Kind;
use super::json::{Flag, Text, object};
use super::queue;
use crate::entry::Message;

/// How a queued command that a person typed is to be taken.
const TYPED_MODES: [&str; 2] = ["prompt", "bash"];

object! {
    /// An attachment, as far as it is `queued_command`.
    Attached<'de> {
        "type" => kind: Text<'de>,
        "prompt" => prompt: Content<'de>,
        "commandMode" => mode: Text<'de>,
        "isMeta" => is_meta: Flag,
        "origin" => origin: Kind<'de>,
    }
}

object! {
    /// What goes on while a tool runs. Of `agent_progress` we take the link to the subagent.
    Progress<'de> {
        "type" => kind: Text<'de>,
        "agentId" => agent: Text<'de>,
    }
}

impl Attached<'_> {
    /// A queued command, delivered.
    pub fn fill(self, message: &mut Message) {
        let mode = self.mode.0.as_deref();
        let is_typed = mode.is_none_or(|mode| TYPED_MODES.contains(&mode))
            && !self.is_meta.0
            && self.origin.is_human();
        queue::waiting(self.prompt.said(), is_typed, message);
    }
}
