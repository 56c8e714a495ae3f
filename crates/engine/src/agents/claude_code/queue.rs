//! What waits until the model has time: `queue-operation` records, and `attachment/queued_command`, which delivers
//! what waited in the middle of a turn.
//!
//! Seen in the corpus (164 operations): `enqueue` with the text, three times without; then `dequeue` and a `user`
//! record with the same text; or `remove` and `queued_command` with the same text; or, up to 2.1.5x, `remove` and
//! nothing, though the model was given it; or nothing more. `remove` says since 2.1.2xx that it stands for
//! `absorbed_mid_turn`, and may repeat the text. `popAll` gives all back into the input line.

use super::block::{Content, Said};
use super::prompt::typed;
use super::said::{pictured, put};
use crate::entry::{Fact, Message, QueueChange, Role};

/// What a record says about those that wait.
pub fn change(operation: &str, reason: &str, content: &mut Content<'_>) -> Option<Fact> {
    match operation {
        "remove" if is_known(operation, reason) => {
            let text = std::mem::take(content).said().text;
            let text = Some(text).filter(|text| !text.is_empty());
            Some(Fact::Queue(QueueChange::Absorbed(text)))
        }
        "popAll" => Some(Fact::Queue(QueueChange::TakenBack)),
        _ => None,
    }
}

/// Whether we know what an operation means, so that there is no more text in it.
pub fn is_known(operation: &str, reason: &str) -> bool {
    match operation {
        "enqueue" | "dequeue" | "popAll" => true,
        "remove" => matches!(reason, "" | "absorbed_mid_turn"),
        _ => false,
    }
}

/// Whoever enqueued it: a note of a task waits as a prompt does, and is delivered with the same words.
pub fn fill(operation: &str, content: Content<'_>, message: &mut Message) {
    if operation != "enqueue" {
        return;
    }
    let said = content.said();
    if !says_nothing(&said) {
        message.is_waiting = true;
        waiting(said, true, message);
    }
}

/// The message something in the queue is, if it says anything. What no person typed is put there by Claude Code.
pub fn waiting(said: Said, may_be_typed: bool, message: &mut Message) {
    if says_nothing(&said) {
        return;
    }
    let typed = typed(&said.text).filter(|_| may_be_typed);
    (message.role, message.title_text) = match typed {
        Some(typed) if !typed.is_empty() => (Role::QueuedPrompt, typed.title()),
        Some(_) if !said.attachments.is_empty() => {
            (Role::QueuedPrompt, said.attachments.first().map(pictured))
        }
        _ => (Role::Injected, None),
    };
    message.user_text = put(said, message);
}

fn says_nothing(said: &Said) -> bool {
    said.text.is_empty() && said.attachments.is_empty()
}
