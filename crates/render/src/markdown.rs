//! Markdown as people and models write it. Raw HTML in it is text, pictures are words, and a link goes
//! where a person may follow.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::{code, safe, text};

/// How deep quotes and lists are nested; what lies deeper is shown on the last level.
const DEEPEST: usize = 12;

/// Whether a single newline is one that was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaks {
    /// As typed by a person.
    Kept,
    /// As a model writes: it joins lines.
    Joined,
}

/// `source` as HTML.
pub fn html(source: &str, breaks: Breaks) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer {
        breaks,
        code: None,
        image: None,
        depth: 0,
        links: Vec::new(),
    };
    let events = Parser::new_ext(source, options).filter_map(|event| writer.event(event));
    let mut out = String::with_capacity(source.len() * 2);
    html::push_html(&mut out, events);
    out
}

struct Writer<'s> {
    breaks: Breaks,
    /// The language and text of a block of code that is being read.
    code: Option<(String, String)>,
    /// The address of a picture that is being read, and its description.
    image: Option<(CowStr<'s>, String)>,
    depth: usize,
    /// Whether each link that is open can be followed.
    links: Vec<bool>,
}

impl<'s> Writer<'s> {
    fn event(&mut self, event: Event<'s>) -> Option<Event<'s>> {
        if let Some((_, code)) = &mut self.code {
            match event {
                Event::Text(part) => code.push_str(&part),
                Event::End(TagEnd::CodeBlock) => {
                    let (language, code) = self.code.take()?;
                    return Some(own(code::block(&code, &language)));
                }
                _ => {}
            }
            return None;
        }
        if let Some((address, words)) = &mut self.image {
            match event {
                Event::Text(part) | Event::Code(part) => words.push_str(&part),
                Event::End(TagEnd::Image) => {
                    let note = format!(
                        "<span class=\"noimage\">Remote image, not loaded: {} {}</span>",
                        text::escaped(words),
                        text::escaped(address)
                    );
                    self.image = None;
                    return Some(own(note));
                }
                _ => {}
            }
            return None;
        }
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',', '{', ':']).next().unwrap_or_default()
                    }
                    CodeBlockKind::Indented => "",
                };
                self.code = Some((language.to_owned(), String::new()));
                None
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.image = Some((dest_url, String::new()));
                None
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let address = safe::link(&dest_url);
                self.links.push(address.is_some());
                let address = text::escaped(address?);
                Some(own(format!("<a href=\"{address}\" title=\"{address}\">")))
            }
            Event::End(TagEnd::Link) => self.links.pop()?.then(|| own("</a>".into())),
            Event::Start(Tag::Heading { level, .. }) => {
                Some(own(format!("<h{}>", level as u8 / 2 + 3)))
            }
            Event::End(TagEnd::Heading(level)) => {
                Some(own(format!("</h{}>\n", level as u8 / 2 + 3)))
            }
            Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::Item) => {
                self.depth += 1;
                (self.depth <= DEEPEST).then_some(event)
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item) => {
                self.depth -= 1;
                (self.depth < DEEPEST).then_some(event)
            }
            Event::Start(Tag::HtmlBlock) => Some(own("<p class=\"raw\">".into())),
            Event::End(TagEnd::HtmlBlock) => Some(own("</p>\n".into())),
            Event::Text(words) | Event::Html(words) | Event::InlineHtml(words) => {
                Some(own(text::escaped(&words)))
            }
            Event::Code(words) => Some(own(format!("<code>{}</code>", text::escaped(&words)))),
            Event::SoftBreak if self.breaks == Breaks::Kept => Some(Event::HardBreak),
            other => Some(other),
        }
    }
}

fn own<'s>(html: String) -> Event<'s> {
    Event::InlineHtml(html.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe::cleaned;

    fn said(source: &str) -> String {
        cleaned(&html(source, Breaks::Joined))
    }

    #[test]
    fn markup_becomes_elements_and_html_becomes_text() {
        let html = said(
            "# Head\n\nSome *words* and `co<de>` <b>bold</b>\n\n<div onclick=x>\nblock\n</div>\n",
        );
        assert!(html.contains("<h3>Head</h3>"), "{html}");
        assert!(
            html.contains("<em>words</em> and <code>co&lt;de&gt;</code> &lt;b&gt;bold&lt;/b&gt;"),
            "{html}"
        );
        assert!(html.contains("&lt;div onclick=x&gt;"), "{html}");
    }

    #[test]
    fn only_links_that_can_be_followed_are_links() {
        let html = said(
            "[a](https://a.example) [b](javascript:x) [c](java&Tab;script:x) <https://d.example> [e](/e)",
        );
        assert_eq!(html.matches("<a ").count(), 2, "{html}");
        assert!(!html.contains("script"), "{html}");
    }

    #[test]
    fn a_picture_is_words() {
        let html = said("![a *pixel*](https://tracker.example/p.gif)");
        assert!(
            !html.contains("<img")
                && html.contains("not loaded: a pixel https://tracker.example/p.gif"),
            "{html}"
        );
    }

    #[test]
    fn a_newline_of_a_person_was_meant() {
        assert!(html("a\nb", Breaks::Kept).contains("<br"));
        assert!(!html("a\nb", Breaks::Joined).contains("<br"));
    }

    #[test]
    fn nesting_without_end_ends() {
        for source in [
            ">".repeat(20_000) + " x",
            "- ".repeat(5_000) + "x",
            "[".repeat(20_000),
            "*a_ ".repeat(20_000),
        ] {
            let html = said(&source);
            assert!(
                html.matches("<blockquote").count() <= DEEPEST,
                "{}",
                html.len()
            );
            assert!(html.matches("<ul").count() <= DEEPEST);
        }
    }
}
