//! Content blocks: what a message of the Messages API says. A block we know is taken apart, and what it has beside
//! that, or what any other block has, is text led by its kind.

use std::borrow::Cow;
use std::mem::take;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::de::SeqAccess;
use serde_json::value::RawValue;

use super::json::{Flag, Others, Take, Text, lenient, object};
use super::readable::{Lines, note};
use super::silent;
use crate::entry::{Attachment, ToolResult, ToolUse};

/// Between blocks of one message.
const BLOCK_SEPARATOR: &str = "\n\n";

/// Between parts of one tool output.
const PART_SEPARATOR: &str = "\n";

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
    }
    and others
    or {
        fn from_text(text: Cow<'de, str>) -> Self {
            Self { kind: text_kind(), text: Text(Some(text)), ..Self::default() }
        }

        fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
            Others::from_list(list).map(|others| Self { others, ..Self::default() })
        }
    }
}

object! {
    /// A part of a tool's output. Nothing in it nests further as far as we know it, so that no depth
    /// of nesting can make us refuse a record.
    Part<'de> {
        "type" => kind: Text<'de>,
        "text" => text: Text<'de>,
        "tool_name" => tool_name: Text<'de>,
        "name" => name: Text<'de>,
        "title" => title: Text<'de>,
        "source" => source: Source<'de>,
    }
    and others
    or {
        fn from_text(text: Cow<'de, str>) -> Self {
            Self { kind: text_kind(), text: Text(Some(text)), ..Self::default() }
        }

        fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
            Others::from_list(list).map(|others| Self { others, ..Self::default() })
        }
    }
}

object! {
    /// Where the bytes of an image or a document are; where a search found something, a text.
    Source<'de> {
        "type" => kind: Text<'de>,
        "media_type" => media_type: Text<'de>,
        "data" => data: Text<'de>,
        "name" => name: Text<'de>,
        "path" => path: Text<'de>,
    }
    and others
    or {
        fn from_text(text: Cow<'de, str>) -> Self {
            Self { data: Text(Some(text)), ..Self::default() }
        }

        fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
            Others::from_list(list).map(|others| Self { others, ..Self::default() })
        }
    }
}

/// A bare string stands for a text block.
fn text_kind<'a>() -> Text<'a> {
    Text(Some(Cow::Borrowed("text")))
}

/// The content of a message: a list of blocks, or a string. Another object counts as one block.
#[derive(Debug, Default)]
pub struct Content<'a>(Vec<Block<'a>>);

impl<'de> Take<'de> for Content<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Self(vec![Block::from_text(text)])
    }

    fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        collect(list).map(Self)
    }

    fn from_object<A: serde::de::MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Block::from_object(object).map(|block| Self(vec![block]))
    }
}

lenient!(Content<'de>);

/// The output of a tool: absent, a string, or a list of parts. The tools of the API's own servers give one object.
#[derive(Debug, Default)]
pub struct Output<'a>(Vec<Part<'a>>);

impl<'de> Take<'de> for Output<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Self(vec![Part::from_text(text)])
    }

    fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        collect(list).map(Self)
    }

    fn from_object<A: serde::de::MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Part::from_object(object).map(|part| Self(vec![part]))
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
    /// What is neither, led by the kind of its block.
    pub notes: String,
    pub tool_uses: Vec<ToolUse>,
    pub tool_results: Vec<ToolResult>,
    pub attachments: Vec<Attachment>,
}

impl Content<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn said(self) -> Said {
        let mut said = Said::default();
        for mut block in self.0 {
            let kind = take(&mut block.kind).into_text();
            match &*kind {
                "text" => join(&mut said.text, BLOCK_SEPARATOR, take(&mut block.text)),
                "thinking" => join(
                    &mut said.thinking,
                    BLOCK_SEPARATOR,
                    take(&mut block.thinking),
                ),
                "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                    said.tool_uses.push(block.take_tool_use());
                }
                // Of servers: `web_search_tool_result`, `mcp_tool_result` and so on.
                kind if kind.ends_with("tool_result") => said.take_tool_result(&mut block),
                "image" | "document" => said.attachments.push(attachment(
                    &kind,
                    [take(&mut block.title), take(&mut block.name)],
                    &mut block.source,
                )),
                kind if silent::is_in(silent::BLOCKS, kind) => continue,
                _ => {}
            }
            block.leave(&kind, &mut said.notes);
        }
        said
    }
}

impl Said {
    fn take_tool_result(&mut self, block: &mut Block<'_>) {
        let mut output = String::new();
        let mut is_error = block.is_error.0;
        for mut part in take(&mut block.output).0 {
            let kind = take(&mut part.kind).into_text();
            match &*kind {
                "text" => join(&mut output, PART_SEPARATOR, take(&mut part.text)),
                "tool_reference" => join(&mut output, PART_SEPARATOR, take(&mut part.tool_name)),
                "image" | "document" => self.attachments.push(attachment(
                    &kind,
                    [take(&mut part.title), take(&mut part.name)],
                    &mut part.source,
                )),
                // `web_search_tool_result_error` and so on.
                kind => is_error |= kind.ends_with("_tool_result_error"),
            }
            part.leave(&mut output);
        }
        self.tool_results.push(ToolResult {
            tool_use: take(&mut block.tool_use).into_text().into_owned(),
            output,
            is_error,
        });
    }
}

impl Block<'_> {
    fn take_tool_use(&mut self) -> ToolUse {
        ToolUse {
            key: take(&mut self.id).into_text().into_owned(),
            name: take(&mut self.name).into_text().into_owned(),
            parameters: self.input.take().map_or("{}", RawValue::get).to_owned(),
        }
    }

    /// Leaves what was not taken as a note.
    fn leave(mut self, kind: &str, notes: &mut String) {
        // Citations, that is.
        if kind == "text" {
            take(&mut self.others).leave(notes);
        }
        let mut lines = Lines::new(silent::is_member);
        let texts = [
            ("text", self.text),
            ("thinking", self.thinking),
            ("name", self.name),
            ("title", self.title),
        ];
        add(&mut lines, texts);
        if let Some(input) = self.input {
            lines.json("input", input.get());
        }
        for part in self.output.0 {
            part.add_to(&mut lines);
        }
        self.source.add_to(&mut lines);
        self.others.add_to(&mut lines);
        let kind = if kind.is_empty() { "block" } else { kind };
        note(notes, kind, &lines.into_text());
    }
}

impl Part<'_> {
    fn leave(self, output: &mut String) {
        let mut lines = Lines::new(silent::is_member);
        self.add_to(&mut lines);
        join(output, PART_SEPARATOR, Text(Some(lines.into_text().into())));
    }

    fn add_to(self, lines: &mut Lines<'_>) {
        let texts = [
            ("text", self.text),
            ("tool_name", self.tool_name),
            ("name", self.name),
            ("title", self.title),
        ];
        add(lines, texts);
        self.source.add_to(lines);
        self.others.add_to(lines);
    }
}

impl Source<'_> {
    fn add_to(self, lines: &mut Lines<'_>) {
        let data = match self.kind.is_given() {
            true => "data",
            false => "source",
        };
        let texts = [(data, self.data), ("name", self.name), ("path", self.path)];
        add(lines, texts);
        self.others.add_to(lines);
    }
}

fn add<const N: usize>(lines: &mut Lines<'_>, texts: [(&str, Text<'_>); N]) {
    for (name, text) in texts {
        if let Some(text) = text.0 {
            lines.text(name, &text);
        }
    }
}

impl Others<'_> {
    /// Leaves each as a note of its own.
    pub fn leave(&self, notes: &mut String) {
        for (name, value) in &self.0 {
            let mut lines = Lines::new(silent::is_member);
            lines.json("", value.get());
            note(notes, name, &lines.into_text());
        }
    }

    pub fn add_to(&self, lines: &mut Lines<'_>) {
        for (name, value) in &self.0 {
            lines.json(name, value.get());
        }
    }
}

/// Appends `text` unless it is empty (the newest models write empty thoughts).
pub fn join(joined: &mut String, separator: &str, text: Text<'_>) {
    let text = text.into_text();
    if joined.is_empty() {
        *joined = text.into_owned();
    } else if !text.is_empty() {
        joined.push_str(separator);
        joined.push_str(&text);
    }
}

/// An attachment. A document of text stays in `source` too, so that it is text beside being one; so do words in the
/// place of bytes (publishers and tools put them there).
fn attachment(kind: &str, names: [Text<'_>; 2], source: &mut Source<'_>) -> Attachment {
    let data = match source.kind.as_str() {
        "base64" => {
            let data = decode(source.data.as_str());
            if data.is_some() {
                source.data = Text::default();
            }
            data
        }
        "text" => source
            .data
            .0
            .as_deref()
            .map(|text| text.as_bytes().to_owned()),
        _ => None,
    };
    let [title, name] = names;
    let path = source.path.as_str();
    let is_name = |text: &Text<'_>| !text.as_str().is_empty();
    let filename = if let Some(name) = [title, name].into_iter().find(is_name) {
        Some(last_part(name.as_str()).to_owned())
    } else if is_name(&source.name) {
        Some(last_part(take(&mut source.name).as_str()).to_owned())
    } else {
        (!path.is_empty()).then(|| last_part(path).to_owned())
    };
    Attachment {
        kind: kind.to_owned(),
        filename,
        mime_type: take(&mut source.media_type).filled(),
        data,
    }
}

/// The name in a path, be it written on Windows or not.
fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

/// The bytes; `None` for nothing and for what is not base64.
fn decode(data: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    LENIENT.decode(data).ok().filter(|bytes| !bytes.is_empty())
}
