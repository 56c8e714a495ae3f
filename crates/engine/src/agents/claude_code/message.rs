//! What is said: the `message` of a record, which is a message of the Messages API.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::de::SeqAccess;
use serde_json::value::RawValue;

use super::json::{Count, Flag, Take, Text, lenient, object};
use crate::entry::{Attachment, ToolResult, ToolUse, Usage};

/// Model of the messages Claude Code writes in the model's name (API errors, interrupted turns).
const SYNTHETIC: &str = "<synthetic>";

/// Between blocks of one message.
const BLOCK_SEPARATOR: &str = "\n\n";

/// Between parts of one tool output.
const PART_SEPARATOR: &str = "\n";

object! {
    /// A message, as far as we read it. One with numbered members instead of these has no content.
    Body<'de> {
        "id" => id: Text<'de>,
        "model" => model: Text<'de>,
        "content" => content: Content<'de>,
        "usage" => usage: Tokens,
    } or {
        fn from_text(text: Cow<'de, str>) -> Self {
            Self { content: Content::from_text(text), ..Self::default() }
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

object! {
    /// A content block of any type.
    Block<'de> {
        "type" => kind: Text<'de>,
        "text" => text: Text<'de>,
        "thinking" => thinking: Text<'de>,
        "id" => id: Text<'de>,
        "name" => name: Text<'de>,
        "input" => input: Option<&'de RawValue>,
        "tool_use_id" => tool_use: Text<'de>,
        "content" => output: Output<'de>,
        "is_error" => is_error: Flag,
        "title" => title: Text<'de>,
        "source" => source: Source<'de>,
    } or {
        fn from_text(text: Cow<'de, str>) -> Self {
            Self { kind: text_kind(), text: Text(Some(text)), ..Self::default() }
        }
    }
}

object! {
    /// A part of a tool's output. Nothing in it nests further as far as we care, so that no depth
    /// of nesting can make us refuse a record.
    Part<'de> {
        "type" => kind: Text<'de>,
        "text" => text: Text<'de>,
        "tool_name" => tool_name: Text<'de>,
        "name" => name: Text<'de>,
        "title" => title: Text<'de>,
        "source" => source: Source<'de>,
    } or {
        fn from_text(text: Cow<'de, str>) -> Self {
            Self { kind: text_kind(), text: Text(Some(text)), ..Self::default() }
        }
    }
}

object! {
    /// Where the bytes of an image or a document are.
    Source<'de> {
        "type" => kind: Text<'de>,
        "media_type" => media_type: Text<'de>,
        "data" => data: Text<'de>,
        "name" => name: Text<'de>,
        "path" => path: Text<'de>,
    }
}

/// A bare string stands for a text block.
fn text_kind<'a>() -> Text<'a> {
    Text(Some(Cow::Borrowed("text")))
}

/// The content of a message: a list of blocks, or a string.
#[derive(Debug, Default)]
pub struct Content<'a>(Vec<Block<'a>>);

impl<'de> Take<'de> for Content<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Self(vec![Block::from_text(text)])
    }

    fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        collect(list).map(Self)
    }
}

lenient!(Content<'de>);

/// The output of a tool: absent, a string, or a list of parts.
#[derive(Debug, Default)]
pub struct Output<'a>(Vec<Part<'a>>);

impl<'de> Take<'de> for Output<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Self(vec![Part::from_text(text)])
    }

    fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        collect(list).map(Self)
    }
}

lenient!(Output<'de>);

fn collect<'de, T, A>(mut list: A) -> Result<Vec<T>, A::Error>
where
    T: serde::de::Deserialize<'de>,
    A: SeqAccess<'de>,
{
    let mut items = Vec::new();
    while let Some(item) = list.next_element()? {
        items.push(item);
    }
    Ok(items)
}

/// What the blocks of a message say together.
#[derive(Debug, Default)]
pub struct Said {
    pub text: String,
    pub thinking: String,
    pub tool_uses: Vec<ToolUse>,
    pub tool_results: Vec<ToolResult>,
    pub attachments: Vec<Attachment>,
}

impl Content<'_> {
    /// Blocks of other types (of servers, redacted thoughts, fallbacks) say nothing we show; the
    /// archive keeps them.
    pub fn said(self) -> Said {
        let mut said = Said::default();
        for block in self.0 {
            match block.kind.as_str() {
                "text" => join(&mut said.text, BLOCK_SEPARATOR, block.text.into_text()),
                "thinking" => join(
                    &mut said.thinking,
                    BLOCK_SEPARATOR,
                    block.thinking.into_text(),
                ),
                "tool_use" => said.tool_uses.push(block.into_tool_use()),
                "tool_result" => said.take_tool_result(block),
                "image" | "document" => {
                    let names = [block.title, block.name];
                    said.attachments
                        .push(attachment(block.kind, names, block.source));
                }
                _ => {}
            }
        }
        said
    }
}

impl Said {
    fn take_tool_result(&mut self, block: Block<'_>) {
        let mut output = String::new();
        for part in block.output.0 {
            match part.kind.as_str() {
                "text" => join(&mut output, PART_SEPARATOR, part.text.into_text()),
                "tool_reference" => join(&mut output, PART_SEPARATOR, part.tool_name.into_text()),
                "image" | "document" => {
                    let names = [part.title, part.name];
                    self.attachments
                        .push(attachment(part.kind, names, part.source));
                }
                _ => {}
            }
        }
        let tool_use = block.tool_use.into_text().into_owned();
        self.tool_results.push(ToolResult {
            tool_use,
            output,
            is_error: block.is_error.0,
        });
    }
}

impl Block<'_> {
    fn into_tool_use(self) -> ToolUse {
        ToolUse {
            key: self.id.into_text().into_owned(),
            name: self.name.into_text().into_owned(),
            parameters: self.input.map_or("{}", RawValue::get).to_owned(),
        }
    }
}

/// Appends `text` unless it is empty (the newest models write empty thoughts).
fn join(joined: &mut String, separator: &str, text: Cow<'_, str>) {
    if joined.is_empty() {
        *joined = text.into_owned();
    } else if !text.is_empty() {
        joined.push_str(separator);
        joined.push_str(&text);
    }
}

fn attachment(kind: Text<'_>, names: [Text<'_>; 2], source: Source<'_>) -> Attachment {
    let data = match source.kind.as_str() {
        "base64" => decode(source.data.as_str()),
        "text" => source.data.0.map(|text| text.into_owned().into_bytes()),
        _ => None,
    };
    let mut names = names.into_iter().chain([source.name, source.path]);
    Attachment {
        kind: kind.into_text().into_owned(),
        filename: names
            .find_map(Text::filled)
            .map(|name| last_part(&name).to_owned()),
        mime_type: source.media_type.filled(),
        data,
    }
}

/// The name in a path, be it written on Windows or not.
fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

/// The bytes; `None` for nothing and for what is not base64 (publishers and tools put words there).
fn decode(data: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    LENIENT.decode(data).ok().filter(|bytes| !bytes.is_empty())
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
