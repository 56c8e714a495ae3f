//! Raw bytes with holes: what is stored elsewhere by its hash is not stored again in the archive.
//!
//! The output of a tool stands in a transcript up to three times and once more as a row; an image
//! stands there in base64. Both are kept once, in tables whose rows never change, and cut out of
//! the archived bytes. A hole is only made where putting the content back gives the same bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Content shorter than this stays in the bytes: a hole has its own cost.
pub const WORTH_A_HOLE: usize = 192;

/// Names a content: the first half of its BLAKE3 hash.
pub type ContentHash = [u8; 16];

/// The name of a content.
pub fn content_hash(content: &[u8]) -> ContentHash {
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(content).as_bytes()[..16]);
    half
}

/// How a content stands in the bytes. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Text, with the escapes of a JSON string.
    JsonText = 1,
    /// Bytes, in padded base64.
    Base64 = 2,
    /// Text, as it is.
    Verbatim = 3,
}

impl Form {
    /// The bytes that stand in a transcript for `content`; `None` when it cannot stand there so.
    pub fn write(self, content: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => Some(BASE64.encode(content).into_bytes()),
            Self::Verbatim => Some(content.to_vec()),
            Self::JsonText => {
                let text = std::str::from_utf8(content).ok()?;
                let quoted = serde_json::to_vec(text).ok()?;
                Some(quoted[1..quoted.len() - 1].to_vec())
            }
        }
    }

    fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::JsonText),
            2 => Some(Self::Base64),
            3 => Some(Self::Verbatim),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hole {
    /// Place in the template's own bytes.
    at: usize,
    form: Form,
    content: ContentHash,
}

/// Raw bytes with some contents cut out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    bytes: Vec<u8>,
    holes: Vec<Hole>,
    /// Length of the raw bytes.
    raw_len: usize,
}

/// A content that may stand in a part of the raw bytes.
#[derive(Debug)]
pub struct Cut<'a> {
    /// The part.
    pub within: std::ops::Range<usize>,
    /// How it would stand there.
    pub form: Form,
    /// Its name.
    pub hash: ContentHash,
    /// The content.
    pub content: &'a [u8],
}

impl Template {
    /// Cuts contents out of `raw` wherever they stand. `cuts` are in the order of their parts.
    pub fn cut(raw: Vec<u8>, cuts: &[Cut<'_>]) -> Self {
        let mut found: Vec<(usize, usize, Form, ContentHash)> = Vec::new();
        for cut in cuts.iter().filter(|cut| cut.content.len() >= WORTH_A_HOLE) {
            let Some(needle) = cut.form.write(cut.content) else {
                continue;
            };
            found.extend(
                places(&raw[..cut.within.end], cut.within.start, &needle)
                    .map(|start| (start, start + needle.len(), cut.form, cut.hash)),
            );
        }
        found.sort_unstable_by_key(|(start, end, ..)| (*start, std::cmp::Reverse(*end)));
        let raw_len = raw.len();
        let mut template = Self {
            bytes: Vec::new(),
            holes: Vec::new(),
            raw_len,
        };
        let mut done = 0;
        for (start, end, form, content) in found {
            // A content inside another one went with it.
            if start < done {
                continue;
            }
            template.bytes.extend_from_slice(&raw[done..start]);
            template.holes.push(Hole {
                at: template.bytes.len(),
                form,
                content,
            });
            done = end;
        }
        if done == 0 {
            template.bytes = raw;
        } else {
            template.bytes.extend_from_slice(&raw[done..]);
        }
        template
    }

    /// Length of the raw bytes.
    pub fn raw_len(&self) -> usize {
        self.raw_len
    }

    /// Puts `next` behind this one.
    pub fn append(&mut self, next: &Self) {
        let shift = self.bytes.len();
        self.bytes.extend_from_slice(&next.bytes);
        self.holes.extend(next.holes.iter().map(|hole| Hole {
            at: hole.at + shift,
            ..*hole
        }));
        self.raw_len += next.raw_len;
    }

    /// The raw bytes, with contents fetched by form and name.
    pub fn fill<E>(
        &self,
        mut fetch: impl FnMut(Form, ContentHash) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let mut raw = Vec::with_capacity(self.raw_len);
        let mut done = 0;
        for hole in &self.holes {
            raw.extend_from_slice(&self.bytes[done..hole.at]);
            raw.extend(fetch(hole.form, hole.content)?);
            done = hole.at;
        }
        raw.extend_from_slice(&self.bytes[done..]);
        Ok(raw)
    }

    /// The bytes that are left.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The contents cut out, each once, in the order they are met.
    pub fn contents(&self) -> Vec<(Form, ContentHash)> {
        let mut seen = std::collections::HashSet::new();
        let all = self.holes.iter().map(|hole| (hole.form, hole.content));
        all.filter(|content| seen.insert(*content)).collect()
    }

    /// The holes as they are stored: for each the distance from the one before as LEB128, its
    /// form and its content.
    pub fn encode_holes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.holes.len() * 20);
        let mut before = 0;
        for hole in &self.holes {
            write_number(&mut out, hole.at - before);
            out.push(hole.form as u8);
            out.extend_from_slice(&hole.content);
            before = hole.at;
        }
        out
    }

    /// A template without its bytes, from what [`Template::encode_holes`] wrote; `None` when it is
    /// not that.
    pub fn decode_holes(mut stored: &[u8], raw_len: usize) -> Option<Self> {
        let mut holes = Vec::new();
        let mut at = 0;
        while !stored.is_empty() {
            at += read_number(&mut stored)?;
            let (form, tail) = stored.split_first()?;
            let (content, tail) = tail.split_first_chunk::<16>()?;
            holes.push(Hole {
                at,
                form: Form::of(*form)?,
                content: *content,
            });
            stored = tail;
        }
        Some(Self {
            bytes: Vec::new(),
            holes,
            raw_len,
        })
    }

    /// Gives a decoded template its bytes; `None` when they are too few for its holes.
    #[must_use]
    pub fn with_bytes(self, bytes: Vec<u8>) -> Option<Self> {
        let reaches = self.holes.last().is_none_or(|hole| hole.at <= bytes.len());
        reaches.then_some(Self { bytes, ..self })
    }
}

/// Where `needle` stands in `bytes` from `from` on. A search for all of a long needle would spend
/// its time on preparing; its beginning finds the same places.
fn places<'a>(bytes: &'a [u8], from: usize, needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let beginning = &needle[..needle.len().min(24)];
    memchr::memmem::find_iter(&bytes[from..], beginning)
        .map(move |at| from + at)
        .filter(move |at| bytes[*at..].starts_with(needle))
}

fn write_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::convert::Infallible;

    use super::{Cut, Form, Template, content_hash};

    fn round_trip(raw: &[u8], contents: &[(Form, Vec<u8>)]) -> Template {
        let cuts: Vec<Cut<'_>> = contents
            .iter()
            .map(|(form, content)| Cut {
                within: 0..raw.len(),
                form: *form,
                hash: content_hash(content),
                content,
            })
            .collect();
        let template = Template::cut(raw.to_vec(), &cuts);
        let store: HashMap<_, _> = contents
            .iter()
            .map(|(_, content)| (content_hash(content), content.clone()))
            .collect();
        let stored = Template::decode_holes(&template.encode_holes(), raw.len())
            .and_then(|holes| holes.with_bytes(template.bytes.clone()))
            .expect("decodes");
        assert_eq!(stored, template);
        let filled = stored
            .fill(|form, hash| Ok::<_, Infallible>(form.write(&store[&hash]).expect("writes")))
            .expect("fills");
        assert_eq!(filled, raw);
        template
    }

    #[test]
    fn contents_are_cut_wherever_they_stand_and_put_back() {
        let output = "line \"one\"\n\tπ ".repeat(40);
        let image: Vec<u8> = (0..=255).cycle().take(700).collect();
        let json = serde_json::to_string(&output).expect("text");
        let base64 = String::from_utf8(Form::Base64.write(&image).expect("bytes")).expect("ascii");
        let raw = format!(r#"{{"content":{json},"copy":{json},"data":"{base64}"}}"#);
        let template = round_trip(
            raw.as_bytes(),
            &[(Form::JsonText, output.into_bytes()), (Form::Base64, image)],
        );
        assert_eq!(template.holes.len(), 3);
        assert_eq!(template.bytes, br#"{"content":"","copy":"","data":""}"#);
    }

    #[test]
    fn what_is_escaped_in_another_way_stays() {
        let output = "a/b ".repeat(100);
        let raw = format!(r#"{{"content":"{}"}}"#, output.replace('/', "\\/"));
        let template = round_trip(raw.as_bytes(), &[(Form::JsonText, output.into_bytes())]);
        assert!(template.holes.is_empty());
    }

    #[test]
    fn a_content_inside_another_is_cut_once() {
        let inner = "x".repeat(300);
        let outer = format!("begin {inner} end");
        let raw = format!("[\"{outer}\",\"{inner}\"]");
        let template = round_trip(
            raw.as_bytes(),
            &[
                (Form::JsonText, inner.into_bytes()),
                (Form::JsonText, outer.into_bytes()),
            ],
        );
        assert_eq!(template.holes.len(), 2);
    }

    #[test]
    fn templates_are_joined() {
        let (a, b) = (vec![b'a'; 400], vec![b'b'; 400]);
        let mut joined = round_trip(&a, &[(Form::JsonText, a.clone())]);
        joined.append(&round_trip(&b, &[(Form::JsonText, b.clone())]));
        let filled = joined.fill(|_, hash| {
            Ok::<_, Infallible>(if hash == content_hash(&a) {
                a.clone()
            } else {
                b.clone()
            })
        });
        assert_eq!(filled.expect("fills"), [a, b].concat());
    }

    #[test]
    fn damage_is_noticed() {
        assert_eq!(Template::decode_holes(&[0], 0), None);
        assert_eq!(Template::decode_holes(&[0, 9, 1], 0), None);
        assert_eq!(Template::decode_holes(&[0xff; 20], 0), None);
        let mut far = vec![100, 1];
        far.extend([0; 16]);
        let holes = Template::decode_holes(&far, 0).expect("a hole at 100");
        assert_eq!(holes.with_bytes(vec![0; 99]), None);
    }
}
