//! One record: its envelope, what it is in the conversation, what it says about sessions.

use std::mem::take;

use super::block::Content;
use super::cause::Kind;
use super::json::{Flag, Others, Text, object};
use super::message::{Body, usage};
use super::note::{Attached, Progress};
use super::outcome::Outcome;
use super::prompt::{Typed, scheduled, typed};
use super::readable::{note, whole};
use super::said::{pictured, put};
use super::time::Time;
use super::{queue, silent};
use crate::entry::{Entry, Env, Fact, Message, Role};
use crate::transcript::Origin;

object! {
    /// A record of any type, as far as we read it.
    Record<'de> {
        "type" => kind: Text<'de>,
        "uuid" => uuid: Text<'de>,
        "parentUuid" => parent: Text<'de>,
        "sessionId" => session: Text<'de>,
        "session_id" => session_too: Text<'de>,
        "messageId" => message_id: Text<'de>,
        "leafUuid" => leaf: Text<'de>,
        "timestamp" => time: Time,
        "isSidechain" => is_sidechain: Flag,
        "isMeta" => is_meta: Flag,
        "isCompactSummary" => is_compact_summary: Flag,
        "message" => message: Body<'de>,
        "requestId" => request: Text<'de>,
        "toolUseResult" => outcome: Outcome<'de>,
        "origin" => origin: Kind<'de>,
        "subtype" => subtype: Text<'de>,
        "content" => content: Content<'de>,
        "operation" => operation: Text<'de>,
        "reason" => reason: Text<'de>,
        "attachment" => attachment: Attached<'de>,
        "data" => progress: Progress<'de>,
        "parentToolUseID" => parent_tool_use: Text<'de>,
        "cwd" => cwd: Text<'de>,
        "gitBranch" => git_branch: Text<'de>,
        "version" => version: Text<'de>,
        "forkedFrom" => forked_from: Fork<'de>,
        "customTitle" => custom_title: Text<'de>,
        "aiTitle" => ai_title: Text<'de>,
        "summary" => summary: Text<'de>,
    }
    and others
}

object! {
    /// The session a copied record comes from.
    Fork<'de> {
        "sessionId" => session: Text<'de>,
    }
}

/// Members of records other than those a message stands in.
const STRAYS: [&str; 9] = [
    "content",
    "operation",
    "reason",
    "attachment",
    "data",
    "customTitle",
    "aiTitle",
    "summary",
    "subtype",
];

impl Record<'_> {
    /// What the record says, found in a transcript of `origin` as `json`.
    pub fn into_entry(mut self, origin: &Origin, json: &str) -> Entry {
        let mut entry = Entry {
            kind: self.kind.as_str().to_owned(),
            is_identified: self.is_identified(),
            timestamp: self.time.0.take(),
            env: self.take_env(),
            facts: self.take_facts(),
            ..Entry::default()
        };
        let session = self.take_session();
        let forked_from = take(&mut self.forked_from.session).filled();
        if origin.is_subagent {
            // A line names the main session even where another subagent is the parent, so it is
            // heard only where the path says nothing (up to 2.1.1, when there were no sidecars).
            let parent = session.filter(|session| {
                origin.parent_session.is_none() && own_id(session) != origin.session
            });
            entry.facts.extend(parent.map(|session| Fact::Parent {
                session: Some(session),
                tool_use: None,
                subagent_type: None,
            }));
        } else {
            entry.session = session;
            entry.facts.extend(forked_from.map(Fact::ForkedFrom));
        }
        let is_node = self.is_node();
        // What has neither a type nor a session is none of Claude Code's, and a result out of a journal is of
        // another file: either would begin a session of its own.
        let is_owned = match self.kind.as_str() {
            "" => entry.session.is_some(),
            "result" => entry.session.is_some() || origin.is_companion,
            _ => true,
        };
        let started = take(&mut self.outcome.agent).filled();
        let message = self.into_message(origin, json);
        if is_node {
            entry.facts.extend(started.map(|child| Fact::Started {
                child,
                tool_use: only_call(&message),
            }));
        }
        if is_node || (is_owned && says_something(&message)) {
            entry.message = Some(message);
        }
        entry
    }

    /// The same rule as the independent counter's: what a piece of a damaged line must have.
    fn is_identified(&self) -> bool {
        let ids = [&self.uuid, &self.session, &self.message_id, &self.leaf];
        self.kind.is_given() && ids.into_iter().any(Text::is_given)
    }

    /// Whether the record is a node of the conversation, even if it has no text: others name it as their
    /// parent.
    fn is_node(&self) -> bool {
        self.uuid.is_given() || matches!(self.kind.as_str(), "user" | "assistant")
    }

    fn take_session(&mut self) -> Option<String> {
        take(&mut self.session)
            .filled()
            .or_else(|| take(&mut self.session_too).filled())
    }

    fn take_env(&mut self) -> Env {
        Env {
            working_dir: take(&mut self.cwd).filled(),
            git_branch: take(&mut self.git_branch).filled(),
            platform: None,
            agent_version: take(&mut self.version).filled(),
        }
    }

    /// What bookkeeping says: titles, and which session started which.
    fn take_facts(&mut self) -> Vec<Fact> {
        let fact = match self.kind.as_str() {
            "custom-title" => named(take(&mut self.custom_title)).map(Fact::CustomTitle),
            "ai-title" => named(take(&mut self.ai_title)).map(Fact::AgentTitle),
            "summary" => named(take(&mut self.summary))
                .zip(take(&mut self.leaf).filled())
                .map(|(text, leaf)| Fact::Summary { leaf, text }),
            "progress" if self.progress.kind.as_str() == "agent_progress" => {
                let tool_use = take(&mut self.parent_tool_use).filled();
                let child = take(&mut self.progress.agent).filled();
                child.map(|child| Fact::Started { child, tool_use })
            }
            "queue-operation" => queue::change(
                self.operation.as_str(),
                self.reason.as_str(),
                &mut self.content,
            ),
            _ => None,
        };
        fact.into_iter().collect()
    }

    fn into_message(mut self, origin: &Origin, json: &str) -> Message {
        let mut message = Message {
            key: take(&mut self.uuid).filled(),
            parent: take(&mut self.parent).filled(),
            is_sidechain: self.is_sidechain.0 || origin.is_subagent,
            is_meta: self.is_meta.0,
            ..Message::default()
        };
        let kind = take(&mut self.kind).into_text();
        // What is more than its text; for the rest, its own kind and what lists it if it is silent.
        let (own, silent) = match &*kind {
            "assistant" => {
                self.assistant(&mut message);
                self.leave(json, &mut message);
                return message;
            }
            "user" => {
                self.user(&mut message);
                self.leave(json, &mut message);
                return message;
            }
            "queue-operation" if queue::is_known(self.operation.as_str(), self.reason.as_str()) => {
                queue::fill(self.operation.as_str(), self.content, &mut message);
                return message;
            }
            "attachment" if self.attachment.kind.as_str() == "queued_command" => {
                self.attachment.fill(&mut message);
                return message;
            }
            "system" if self.is_command() => {
                self.command(&mut message);
                return message;
            }
            "attachment" => (self.attachment.kind.as_str(), silent::ATTACHMENTS),
            "progress" => (self.progress.kind.as_str(), silent::PROGRESS),
            "system" => (self.subtype.as_str(), silent::SYSTEM),
            kind => (kind, silent::RECORDS),
        };
        if !silent::is_in(silent, own) {
            let kind = [own, &kind, "record"]
                .into_iter()
                .find(|kind| !kind.is_empty());
            note(
                &mut message.event_text,
                kind.unwrap_or_default(),
                &whole(json, |_| true),
            );
        }
        message
    }

    fn assistant(&mut self, message: &mut Message) {
        let Body {
            id,
            model,
            content,
            usage: tokens,
            others,
        } = take(&mut self.message);
        message.role = Role::Assistant;
        message.usage = usage(&id, &model, &self.request, &tokens);
        message.model = model.filled();
        message.assistant_text = put(content.said(), message);
        leave_of_body(&others, message);
    }

    fn user(&mut self, message: &mut Message) {
        let is_put_there = self.is_meta.0 || self.outcome.is_given || !self.origin.is_human();
        let body = take(&mut self.message);
        let text = put(body.content.said(), message);
        let typed = typed(&text).filter(|_| !is_put_there);
        (message.role, message.title_text) = if self.is_compact_summary.0 {
            (Role::CompactSummary, None)
        } else if !message.tool_results.is_empty() {
            (Role::ToolResult, None)
        } else {
            match typed {
                Some(typed) if !typed.is_empty() => (Role::Prompt, typed.title()),
                // An image alone, perhaps with a note of the editor's.
                Some(_) if !message.attachments.is_empty() => {
                    (Role::Prompt, message.attachments.first().map(pictured))
                }
                _ if text.is_empty() && message.attachments.is_empty() => (Role::Event, None),
                // Nobody typed it, and yet there may be nothing else to call the session by.
                _ => (Role::Injected, scheduled(&text)),
            }
        };
        message.user_text = text;
        let outputs = message.tool_results.iter().map(|result| &*result.output);
        let known: Vec<&str> = outputs.chain([&*message.user_text]).collect();
        let outcome = take(&mut self.outcome).beside(&known);
        note(&mut message.event_text, "toolUseResult", &outcome);
        leave_of_body(&body.others, message);
    }

    /// Whether a note is a command a person gave, as versions since 2.1.x write it.
    fn is_command(&self) -> bool {
        self.subtype.as_str() == "local_command" && !self.is_meta.0
    }

    /// What Claude Code did with a command it carries out itself: the command, or what came of it.
    fn command(&mut self, message: &mut Message) {
        let said = take(&mut self.content).said();
        match typed(&said.text) {
            Some(command @ Typed::Command(_)) => {
                message.role = Role::Prompt;
                message.title_text = command.title();
                message.user_text = put(said, message);
            }
            _ => {
                let text = put(said, message);
                note(&mut message.event_text, "local_command", &text);
            }
        }
    }

    /// Leaves what was not taken as notes: members we do not know, and members of other types of record.
    fn leave(self, json: &str, message: &mut Message) {
        self.others.leave(&mut message.event_text);
        let strays = [
            &self.subtype,
            &self.operation,
            &self.reason,
            &self.attachment.kind,
            &self.progress.kind,
            &self.custom_title,
            &self.ai_title,
            &self.summary,
        ];
        if strays.into_iter().any(Text::is_given) || !self.content.is_empty() {
            let text = whole(json, |name| STRAYS.contains(&name));
            note(&mut message.event_text, "record", &text);
        }
    }
}

/// Leaves what a message of the API has beside its content as notes.
fn leave_of_body(others: &Others<'_>, message: &mut Message) {
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if !others.0.iter().any(|(name, _)| is_number(name)) {
        return others.leave(&mut message.event_text);
    }
    // A text was seen here taken apart, with a member for each of its characters (anthropics/claude-code#24663).
    let mut spelt = String::new();
    for (_, value) in &others.0 {
        spelt.push_str(&serde_json::from_str::<String>(value.get()).unwrap_or_default());
    }
    note(&mut message.event_text, "message", &spelt);
}

/// Whether a record that is no node has anything to show.
fn says_something(message: &Message) -> bool {
    let texts = [
        &message.user_text,
        &message.event_text,
        &message.thinking_text,
    ];
    texts.into_iter().any(|text| !text.is_empty())
        || !message.tool_uses.is_empty()
        || !message.tool_results.is_empty()
        || !message.attachments.is_empty()
}

/// The call a record answers, if it answers just one: `toolUseResult` describes that.
fn only_call(message: &Message) -> Option<String> {
    match message.tool_results.as_slice() {
        [one] if !one.tool_use.is_empty() => Some(one.tool_use.clone()),
        _ => None,
    }
}

/// A session id without the prefix by which some writers make one of a subagent's id.
fn own_id(session: &str) -> &str {
    session.strip_prefix("agent-").unwrap_or(session)
}

/// A title; an empty one takes nothing away.
fn named(title: Text<'_>) -> Option<String> {
    title
        .filled()
        .map(|title| title.trim().to_owned())
        .filter(|title| !title.is_empty())
}

object! {
    /// The sidecar of a subagent's transcript.
    Sidecar<'de> {
        "agentType" => kind: Text<'de>,
        "description" => description: Text<'de>,
        "toolUseId" => tool_use: Text<'de>,
        "parentAgentId" => parent: Text<'de>,
    }
}

impl Sidecar<'_> {
    /// What the sidecar says of the subagent's session. The one who started it described its task in
    /// a few words, which is a better title than the start of a long prompt.
    pub fn into_entry(self) -> Entry {
        let parent = self.parent.filled();
        let tool_use = self.tool_use.filled();
        let subagent_type = self.kind.filled();
        let is_told = parent.is_some() || tool_use.is_some() || subagent_type.is_some();
        let fact = is_told.then_some(Fact::Parent {
            session: parent,
            tool_use,
            subagent_type,
        });
        let title = named(self.description).map(Fact::AgentTitle);
        Entry {
            facts: fact.into_iter().chain(title).collect(),
            ..Entry::default()
        }
    }
}
