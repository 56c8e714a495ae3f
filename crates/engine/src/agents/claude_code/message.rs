//! The `message` of a record, which is a message of the Messages API.

use std::borrow::Cow;

use serde::de::SeqAccess;

use super::block::Content;
use super::json::{Count, Text, object};
use crate::entry::Usage;

/// Model of the messages Claude Code writes in the model's name (API errors, interrupted turns).
const SYNTHETIC: &str = "<synthetic>";

object! {
    /// A message, as far as we read it. One with numbered members instead of these has no content.
    Body<'de> {
        "id" => id: Text<'de>,
        "model" => model: Text<'de>,
        "content" => content: Content<'de>,
        "usage" => usage: Tokens,
    }
    and others
    or {
        fn from_text(text: Cow<'de, str>) -> Self {
            Self { content: Content::from_text(text), ..Self::default() }
        }

        fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
            Content::from_list(list).map(|content| Self { content, ..Self::default() })
        }
    }
}

object! {
    /// The counts of an API response.
    Tokens {
        "input_tokens" => input: Count,
        "output_tokens" => output: Count,
        "cache_creation_input_tokens" => cache_creation: Count,
        "cache_read_input_tokens" => cache_read: Count,
    }
}

/// The usage a message reports, with the ids of its API response. A message without an id is of no
/// response, and a synthetic one is not billed. Gateways leave out `request`.
pub fn usage(
    id: &Text<'_>,
    model: &Text<'_>,
    request: &Text<'_>,
    tokens: &Tokens,
) -> Option<Usage> {
    let id = id.0.as_deref()?;
    if model.as_str() == SYNTHETIC {
        return None;
    }
    Some(Usage {
        response: id.to_owned(),
        request: request.0.as_deref().map(str::to_owned),
        input: tokens.input.0,
        output: tokens.output.0,
        cache_creation: tokens.cache_creation.0,
        cache_read: tokens.cache_read.0,
    })
}
