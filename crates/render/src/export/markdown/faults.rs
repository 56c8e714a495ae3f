//! What is wrong with a text as a part of a larger file, and how each is put right.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::contain::Voice;
use super::signs::run_of;
use crate::{safe, text};

/// How deep quotes and lists may be nested: not every renderer goes on.
const DEEPEST: usize = 24;

/// A change to a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is taken away.
    pub place: Range<usize>,
    /// What is put there.
    pub put: String,
}

fn put(at: usize, put: impl Into<String>) -> Edit {
    let put = put.into();
    Edit { place: at..at, put }
}

/// What is wrong with `text` in the first reading that finds anything; none where it cannot be put right.
pub fn faults(text: &str, voice: Voice) -> Option<Vec<Edit>> {
    let github = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES;
    for options in [Options::empty(), github] {
        let edits = Reading::new(text, voice).of(options)?;
        if !edits.is_empty() {
            return Some(edits);
        }
    }
    Some(Vec::new())
}

/// One reading of a text.
struct Reading<'t> {
    text: &'t str,
    voice: Voice,
    edits: Vec<Edit>,
    /// The letters that are shown, or say where a link leads or which language a block of code is in.
    shown: String,
    /// Quotes, lists and their items around the place.
    depth: usize,
    is_code: bool,
    /// The reading knows tables.
    has_tables: bool,
    /// Links and tables around the place, each with how much was shown before it.
    parts: Vec<usize>,
    /// The last block of fenced code that stands in no other block.
    last_fence: Option<Range<usize>>,
}

impl<'t> Reading<'t> {
    fn new(text: &'t str, voice: Voice) -> Self {
        Self {
            text,
            voice,
            edits: Vec::new(),
            shown: String::new(),
            depth: 0,
            is_code: false,
            has_tables: false,
            parts: Vec::new(),
            last_fence: None,
        }
    }

    fn of(mut self, options: Options) -> Option<Vec<Edit>> {
        self.has_tables = options.contains(Options::ENABLE_TABLES);
        let parser = Parser::new_ext(self.text, options);
        for (_, definition) in parser.reference_definitions().iter() {
            self.escape(definition.span.clone(), "[");
        }
        let mut links = Vec::new();
        for (event, place) in parser.into_offset_iter() {
            if self.depth > DEEPEST {
                return None;
            }
            match event {
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    ..
                }) => {
                    links.push((link_type, dest_url, title));
                    self.parts.push(self.shown.len());
                }
                Event::End(TagEnd::Link) => {
                    let (kind, address, title) = links.pop()?;
                    self.link(place, kind, &address, &title);
                }
                other => self.event(other, place),
            }
        }
        self.close_fence();
        let is_all_shown = !self.edits.is_empty() || self.shown == letters(self.text);
        is_all_shown.then_some(self.edits)
    }

    fn event(&mut self, event: Event<'_>, place: Range<usize>) {
        let source = &self.text[place.clone()];
        match event {
            Event::Start(Tag::Heading { .. }) => self.heading(place),
            Event::Start(Tag::CodeBlock(kind)) => {
                self.is_code = true;
                if let CodeBlockKind::Fenced(_) = kind {
                    self.fence(place);
                }
            }
            Event::End(TagEnd::CodeBlock) => self.is_code = false,
            Event::Start(Tag::Image { .. }) => self.escape(place, "!"),
            Event::Start(Tag::FootnoteDefinition(_)) => self.escape(place, "["),
            Event::Start(Tag::Table(_)) => self.parts.push(self.shown.len()),
            Event::End(TagEnd::Table) => self.table(place),
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => self.depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => self.depth -= 1,
            // Its number is shown, if perhaps another.
            Event::Start(Tag::Item) => {
                self.depth += 1;
                let digits = source.trim_start().chars();
                self.shown.extend(digits.take_while(char::is_ascii_digit));
            }
            Event::End(TagEnd::Item) => self.depth -= 1,
            Event::Html(_) | Event::InlineHtml(_) => self.escape(place, "<"),
            Event::TaskListMarker(_) => self.show(source),
            // A character by its name is shown, if not by its letters.
            Event::Text(words) if !self.is_code && source.starts_with('&') && *words != *source => {
                if words.chars().any(|char| text::picture(char).is_some()) {
                    self.escape(place, "&");
                } else {
                    self.show(source);
                }
            }
            Event::Text(words) => {
                if !self.is_code {
                    self.stray_rule(place.start);
                    self.doubtful(place);
                }
                self.show(&words);
            }
            Event::Code(words) => self.show(&words),
            _ => {}
        }
    }

    fn show(&mut self, words: &str) {
        self.shown
            .extend(words.chars().filter(|char| char.is_alphanumeric()));
    }

    /// Takes its meaning from the `sign` that `place` begins with.
    fn escape(&mut self, place: Range<usize>, sign: &str) {
        let at = place.end - self.text[place.clone()].trim_start().len();
        if self.text[at..place.end].starts_with(sign) {
            // Not every renderer knows a backslash before all signs.
            self.edits.push(match sign {
                "<" => Edit {
                    place: at..at + 1,
                    put: "&lt;".to_owned(),
                },
                "&" => put(at + 1, "amp;"),
                _ => put(at, "\\"),
            });
        }
    }

    /// Renderers differ in what is HTML and what a definition: nothing is that could be.
    fn doubtful(&mut self, place: Range<usize>) {
        for (at, sign) in self.text[place.clone()].match_indices(['<', '[']) {
            let at = place.start + at;
            let is_escaped = at == place.start && self.text[..at].ends_with('\\');
            let after = &self.text[at + 1..];
            let opens = |char: char| char.is_ascii_alphabetic() || "/!?".contains(char);
            let is_one = match sign {
                "<" => after.starts_with(opens),
                _ => {
                    self.begins_line(at)
                        && after
                            .split_once(']')
                            .is_some_and(|(_, it)| it.starts_with(':'))
                }
            };
            if is_one && !is_escaped {
                self.escape(at..at + 1, sign);
            }
        }
    }

    /// Renderers differ in what a table may stand below: its rule is none where we see no table.
    fn stray_rule(&mut self, at: usize) {
        let line = self.text[at..].lines().next().unwrap_or_default();
        let is_rule = line.contains('-')
            && line.contains(['|', ':'])
            && line
                .trim_start_matches(['|', ':', '-', ' ', '\t'])
                .is_empty();
        if self.has_tables && is_rule && self.begins_line(at) {
            self.edits.push(put(at, "\\"));
        }
    }

    /// Whether only signs of quotes and lists stand before it.
    fn begins_line(&self, at: usize) -> bool {
        let before = &self.text[self.line_start(at)..at];
        let is_sign = |char: char| " \t>-*+.)".contains(char) || char.is_ascii_digit();
        before.chars().all(is_sign)
    }

    /// What is given of a part of the text must be all there is of it.
    fn hides_letters(&mut self, place: Range<usize>) -> bool {
        let before = self.parts.pop().unwrap_or_default();
        self.shown[before..] != letters(&self.text[place])
    }

    fn link(&mut self, place: Range<usize>, kind: LinkType, address: &str, title: &str) {
        let is_bare = matches!(kind, LinkType::Autolink | LinkType::Email);
        if !is_bare {
            self.show(address);
            self.show(title);
        }
        let is_followed = kind == LinkType::Email || safe::link(address).is_some();
        if self.hides_letters(place.clone()) || !is_followed {
            self.escape(place, if is_bare { "<" } else { "[" });
        }
    }

    /// Cells beyond those of its head are shown nowhere, and renderers differ in where a table ends.
    fn table(&mut self, place: Range<usize>) {
        let hides_letters = self.hides_letters(place.clone());
        let mut lines = self.text[place.start..].lines();
        let most = lines.next().map_or(0, cells);
        let mut rest = lines.take_while(|line| !line.trim().is_empty());
        if !hides_letters && rest.all(|line| is_row(line) && cells(line) <= most) {
            return;
        }
        let rule = self.text[place.clone()]
            .find('\n')
            .map_or(place.start, |at| place.start + at);
        if let Some(at) = self.text[rule..place.end].find(['|', ':', '-']) {
            self.edits.push(put(rule + at, "\\"));
        }
    }

    fn heading(&mut self, place: Range<usize>) {
        let source = self.text[place.clone()].trim_end();
        let end = place.start + source.len();
        let line = self.line_start(place.start);
        let sign = end - source.trim_start().len();
        // Blank lines keep it apart, where that changes nothing around it; else it ends its line.
        let before = match self.depth {
            0 if !(line == 0 || self.text[..line].ends_with("\n\n")) => "\n",
            _ => "",
        };
        let after = match self.depth {
            0 if !(end == self.text.len() || self.text[end..].starts_with("\n\n")) => "\n",
            0 => "",
            _ => "  ",
        };
        let is_marked = source.trim_start().starts_with('#');
        let words = if is_marked {
            unmarked(source)
        } else {
            source.rsplit_once('\n').map_or(source, |(words, _)| words)
        };
        let words = words.trim();
        if self.voice == Voice::Written && self.depth == 0 && is_one_line(words) {
            self.edits.push(Edit {
                place: line..end,
                put: format!("{before}**{words}**{after}"),
            });
            return;
        }
        if is_marked {
            self.edits.push(put(line, before));
            self.edits.push(put(sign, "\\"));
        } else {
            // Underlined: the line of signs is one of words.
            let rule = end - source.len() + source.trim_end_matches(['=', '-']).len();
            self.edits.push(put(self.line_start(rule).max(1) - 1, "  "));
            self.edits.push(put(rule, "\\"));
        }
        self.edits.push(put(end, after));
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// A block of code says its language beside the fence. Whole sentences there would not be seen: they become its first line.
    fn fence(&mut self, place: Range<usize>) {
        let source = &self.text[place.clone()];
        let start = place.end - source.trim_start().len();
        let opening = self.text[start..place.end].lines().next().unwrap_or("");
        let (fence, info) = opening.split_at(fence_len(opening));
        let info = info.trim();
        self.show(info);
        if info.contains(|char: char| char.is_whitespace() || char == '&') {
            let around = &self.text[self.line_start(start)..start];
            let around = around.chars().map(|char| match char {
                '>' | '\t' => char,
                _ => ' ',
            });
            let around: String = around.collect();
            self.edits.push(Edit {
                place: start + fence.len()..start + opening.len(),
                put: format!("\n{around}{info}"),
            });
        }
        if self.depth == 0 {
            self.last_fence = Some(start..place.end);
        }
    }

    fn close_fence(&mut self) {
        let Some(place) = self.last_fence.take() else {
            return;
        };
        let source = &self.text[place];
        let len = fence_len(source);
        let fence = &source[..len];
        let is_end = |line: &str| {
            let signs = line.trim_end();
            let blank = signs.len() - signs.trim_start_matches(' ').len();
            let signs = signs.trim_start_matches(' ');
            blank < 4 && signs.starts_with(fence) && fence_len(signs) == signs.len()
        };
        let lines = source.trim_end().lines();
        if !lines.skip(1).last().is_some_and(is_end) {
            self.edits.push(put(self.text.len(), format!("\n{fence}")));
        }
    }
}

/// Signs of a fence that `text` begins with.
fn fence_len(text: &str) -> usize {
    text.chars().next().map_or(0, |sign| run_of(text, sign))
}

/// Whether a line is one of a table and of nothing else, in quotes and lists too.
fn is_row(line: &str) -> bool {
    line.trim_start_matches(['>', ' ', '\t']).starts_with('|')
}

/// Cells of a line of a table.
fn cells(line: &str) -> usize {
    let line = line.trim_start_matches(['>', ' ', '\t']).trim_end();
    let line = line.strip_prefix('|').unwrap_or(line);
    let pipes = line.matches('|').count() - line.matches("\\|").count();
    pipes + usize::from(!line.ends_with('|') || line.ends_with("\\|"))
}

/// A heading without the signs before and after it.
fn unmarked(source: &str) -> &str {
    let words = source.trim_start().trim_start_matches('#');
    let kept = words.trim_end().trim_end_matches('#');
    if kept.is_empty() || kept.ends_with([' ', '\t']) {
        kept
    } else {
        words
    }
}

/// Whether `words` are the same between signs for bold.
fn is_one_line(words: &str) -> bool {
    !words.is_empty() && !words.contains(['*', '\n']) && !words.ends_with('\\')
}

fn letters(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).collect()
}
