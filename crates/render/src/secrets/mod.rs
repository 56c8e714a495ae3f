//! Likely secrets in what leaves the machine: keys of known shapes, and values that are called one.
//!
//! ```text
//! mod ── walk: a conversation's texts, JSON by its members ─► scan: words first, then the rules that know them
//!                             gitleaks (a public set, as data) · own (what it lacks) · named · pem ┘
//! ```

mod gitleaks;
mod named;
mod own;
mod pem;
mod rule;
mod scan;
#[cfg(test)]
mod tests;
mod title;
mod walk;

use scrollback_engine::model::{MessageRow, SessionRow, Turn};

pub(crate) use gitleaks::RULES;

/// What stands where a secret stood.
const MASK: &str = "[secret masked]";

/// What was done to a conversation, and what cannot be done, for whoever is about to give it away.
pub fn said(masked: u64) -> String {
    let count = match masked {
        0 => "Found no likely secret".to_owned(),
        1 => "Masked 1 likely secret".to_owned(),
        _ => format!("Masked {masked} likely secrets"),
    };
    format!(
        "{count} (rules: {RULES}). Passwords in prose, keys without a known form and text in pictures are \
         not seen: read it before you share it."
    )
}

/// Masks what looks like a secret in `turn`. Returns how many were masked.
pub fn mask(turn: &mut Turn) -> u64 {
    let rows = std::iter::once(&mut turn.message).chain(&mut turn.answers);
    rows.map(mask_row).sum()
}

/// Masks what looks like a secret in what is said of `session`. Returns how many were masked.
pub fn mask_session(session: &mut SessionRow) -> u64 {
    session.title.as_mut().map_or(0, title::mask)
}

/// Every text that somebody wrote; the rest of a row are ids, times and names of kinds.
fn mask_row(row: &mut MessageRow) -> u64 {
    let texts = [
        &mut row.user_text,
        &mut row.assistant_text,
        &mut row.thinking_text,
        &mut row.event_text,
    ];
    let said = texts.into_iter().flatten();
    let asked = row.tool_uses.iter_mut().map(|call| &mut call.parameters);
    let answered = row.tool_results.iter_mut().map(|result| &mut result.output);
    let attached = row.attachments.iter_mut();
    let named = attached.filter_map(|file| file.filename.as_mut());
    let texts = said.chain(asked).chain(answered).chain(named);
    texts.map(walk::mask).sum()
}
