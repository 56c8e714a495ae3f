//! One record: its envelope, what it is in the conversation, what it says about sessions.

use std::mem::take;

use super::json::{Flag, Take, Text, lenient, object};
use super::message::{Body, Content, Said, usage};
use super::prompt::{title, typed};
use super::time::Time;
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
        "attachment" => attachment: Queued<'de>,
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
}

object! {
    /// Who caused a record.
    Kind<'de> {
        "kind" => kind: Text<'de>,
    }
}

object! {
    /// The session a copied record comes from.
    Fork<'de> {
        "sessionId" => session: Text<'de>,
    }
}

object! {
    /// An attachment; of the many types only `queued_command` says something to us.
    Queued<'de> {
        "type" => kind: Text<'de>,
        "prompt" => prompt: Content<'de>,
        "commandMode" => mode: Text<'de>,
        "isMeta" => is_meta: Flag,
        "origin" => origin: Kind<'de>,
    }
}

object! {
    /// What goes on while a tool runs. `agent_progress` repeats messages of the subagent's own
    /// transcript, so we take the link and nothing else.
    Progress<'de> {
        "type" => kind: Text<'de>,
        "agentId" => agent: Text<'de>,
    }
}

object! {
    /// What a tool told Claude Code: an object, a string or a list. The model saw `tool_result`
    /// instead, which repeats what matters of it.
    OutcomeObject<'de> {
        "agentId" => agent: Text<'de>,
    }
}

/// An [`OutcomeObject`], or merely the fact that there was something.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    pub is_given: bool,
    pub agent: Text<'a>,
}

impl<'de> Take<'de> for Outcome<'de> {
    fn from_other() -> Self {
        Self {
            is_given: true,
            agent: Text::default(),
        }
    }

    fn from_object<A: serde::de::MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        let OutcomeObject { agent } = OutcomeObject::from_object(object)?;
        Ok(Self {
            is_given: true,
            agent,
        })
    }
}

lenient!(Outcome<'de>);

impl Kind<'_> {
    fn is_human(&self) -> bool {
        self.kind.0.as_deref().is_none_or(|kind| kind == "human")
    }
}

impl Record<'_> {
    /// What the record says, found in a transcript of `origin`.
    pub fn into_entry(mut self, origin: &Origin) -> Entry {
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
        if self.is_node() {
            let started = take(&mut self.outcome.agent).filled();
            let message = self.into_message(origin);
            entry.facts.extend(started.map(|child| Fact::Started {
                child,
                tool_use: only_call(&message),
            }));
            entry.message = Some(message);
        }
        entry
    }

    /// The same rule as the independent counter's: what a piece of a damaged line must have.
    fn is_identified(&self) -> bool {
        let ids = [&self.uuid, &self.session, &self.message_id, &self.leaf];
        self.kind.is_given() && ids.into_iter().any(Text::is_given)
    }

    /// Whether the record is a node of the conversation. Nodes without text are kept too: others
    /// name them as their parent.
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
            _ => None,
        };
        fact.into_iter().collect()
    }

    fn into_message(mut self, origin: &Origin) -> Message {
        let mut message = Message {
            key: take(&mut self.uuid).filled(),
            parent: take(&mut self.parent).filled(),
            is_sidechain: self.is_sidechain.0 || origin.is_subagent,
            is_meta: self.is_meta.0,
            ..Message::default()
        };
        match self.kind.as_str() {
            "assistant" => self.assistant(&mut message),
            "user" => self.user(&mut message),
            "attachment" => self.attachment.fill(&mut message),
            _ => {}
        }
        message
    }

    fn assistant(self, message: &mut Message) {
        let Body {
            id,
            model,
            content,
            usage: tokens,
        } = self.message;
        message.role = Role::Assistant;
        message.usage = usage(&id, &model, &self.request, &tokens);
        message.model = model.filled();
        message.assistant_text = put(content.said(), message);
    }

    fn user(self, message: &mut Message) {
        let is_compact_summary = self.is_compact_summary.0;
        let is_put_there = self.is_meta.0 || self.outcome.is_given || !self.origin.is_human();
        let text = put(self.message.content.said(), message);
        let (role, title_text) = if is_compact_summary {
            (Role::CompactSummary, None)
        } else if !message.tool_results.is_empty() {
            (Role::ToolResult, None)
        } else {
            match typed(&text).filter(|_| !is_put_there) {
                Some(words) if !words.is_empty() => (Role::Prompt, title(words)),
                // An image alone, perhaps with a note of the editor's.
                Some(_) if !message.attachments.is_empty() => (Role::Prompt, None),
                _ if text.is_empty() && message.attachments.is_empty() => (Role::Event, None),
                _ => (Role::Injected, None),
            }
        };
        message.role = role;
        message.title_text = title_text;
        message.user_text = text;
    }
}

impl Queued<'_> {
    /// The only trace of a prompt typed while a tool ran. Queued notes of other modes and of other
    /// origins than a person are events, as every other attachment.
    fn fill(self, message: &mut Message) {
        let is_prompt = self.kind.as_str() == "queued_command"
            && self.mode.0.as_deref().is_none_or(|mode| mode == "prompt")
            && !self.is_meta.0
            && self.origin.is_human();
        if !is_prompt {
            return;
        }
        let said = self.prompt.said();
        let is_typed = typed(&said.text).is_some_and(|words| !words.is_empty());
        if is_typed || !said.attachments.is_empty() {
            message.role = Role::QueuedPrompt;
            message.user_text = put(said, message);
        }
    }
}

/// Puts all but the text into `message` and gives back the text, whose side the record's type tells.
fn put(said: Said, message: &mut Message) -> String {
    message.thinking_text = said.thinking;
    message.tool_uses = said.tool_uses;
    message.tool_results = said.tool_results;
    message.attachments = said.attachments;
    said.text
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
