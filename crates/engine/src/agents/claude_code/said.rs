//! Where what a record says goes in a message.

use super::block::Said;
use super::readable::append;
use crate::entry::{Attachment, Message};

/// Puts all but the text into `message` and gives back the text, whose side the record's type tells.
pub fn put(said: Said, message: &mut Message) -> String {
    append(&mut message.event_text, &said.notes);
    append(&mut message.thinking_text, &said.thinking);
    message.tool_uses.extend(said.tool_uses);
    message.tool_results.extend(said.tool_results);
    message.attachments.extend(said.attachments);
    said.text
}

/// A title for an image or a document alone.
pub fn pictured(attachment: &Attachment) -> String {
    let kind = match attachment.kind.as_str() {
        "document" => "Document",
        _ => "Image",
    };
    let format = || {
        let mime = attachment.mime_type.as_deref()?;
        let format = mime.rsplit('/').next()?.split(['+', ';']).next()?;
        Some(format!("[{kind}, {}]", format.to_uppercase()))
    };
    match &attachment.filename {
        Some(name) => format!("[{kind}: {name}]"),
        None => format().unwrap_or_else(|| format!("[{kind}]")),
    }
}
