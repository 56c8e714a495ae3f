//! What a person typed: as it stands. Only fenced code, code between backticks and addresses are more than text, for
//! what was pasted is no Markdown, and its signs, blanks and backslashes mean something.

use crate::{code, safe, text};

/// `source` as HTML.
pub fn html(source: &str) -> String {
    let mut out = String::with_capacity(source.len() * 2);
    let mut words = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let Some((fence, language)) = fence(line) else {
            words.push_str(line);
            words.push('\n');
            continue;
        };
        push_words(&mut out, &words);
        words.clear();
        let ends = |line: &&str| {
            line.trim().starts_with(fence) && line.trim().trim_start_matches(&fence[..1]).is_empty()
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| !ends(line)).collect();
        out.push_str(&code::block(&(block.join("\n") + "\n"), language));
    }
    push_words(&mut out, &words);
    out
}

/// The signs a block of code begins with, and its language.
fn fence(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = line.trim_start_matches(sign);
    let len = line.len() - info.len();
    let is_fence = len >= 3 && !info.contains('`');
    let language = info.trim().split([' ', ',', '{', ':']).next();
    is_fence.then(|| (&line[..len], language.unwrap_or_default()))
}

fn push_words(out: &mut String, words: &str) {
    let words = words.trim_matches('\n');
    if words.trim().is_empty() {
        return;
    }
    out.push_str("<p class=\"raw\">");
    let mut rest = words;
    while let Some(at) = rest.find('`') {
        let ticks = run(&rest[at..]);
        let after = &rest[at + ticks..];
        match closing(after, ticks) {
            Some(end) => {
                push_linked(out, &rest[..at]);
                out.push_str("<code>");
                text::push(out, after[..end].trim());
                out.push_str("</code>");
                rest = &after[end + ticks..];
            }
            None => {
                push_linked(out, &rest[..at + ticks]);
                rest = after;
            }
        }
    }
    push_linked(out, rest);
    out.push_str("</p>\n");
}

/// Backticks that `text` begins with.
fn run(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'`').count()
}

/// Where just as many backticks end the code, on the same line.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let line = text.lines().next()?;
    let mut from = 0;
    while let Some(at) = line[from..].find('`').map(|at| from + at) {
        let found = run(&line[at..]);
        if found == ticks {
            return Some(at);
        }
        from = at + found;
    }
    None
}

/// Text, with the addresses in it to follow.
fn push_linked(out: &mut String, words: &str) {
    let mut rest = words;
    while let Some(at) = rest.find("http") {
        let (before, from) = rest.split_at(at);
        text::push(out, before);
        if !from.starts_with("http://") && !from.starts_with("https://") {
            out.push_str("http");
            rest = &from["http".len()..];
            continue;
        }
        let end = from.find(|c: char| c.is_whitespace() || "<>\"`|\\^{}".contains(c));
        let address = from[..end.unwrap_or(from.len())]
            .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*']);
        match safe::link(address) {
            Some(link) => {
                let link = text::escaped(link);
                out.push_str(&format!(
                    "<a href=\"{link}\" title=\"{link}\">{}</a>",
                    text::escaped(address)
                ));
            }
            None => text::push(out, address),
        }
        rest = &from[address.len()..];
    }
    text::push(out, rest);
}

#[cfg(test)]
mod tests {
    use super::html;
    use crate::safe::cleaned;

    fn shown(source: &str) -> String {
        cleaned(&html(source))
    }

    #[test]
    fn what_was_pasted_stands_as_it_was() {
        let pasted = "- old\n+ new\n    indented \\\n\n> quote D:\\x\\.claude *a* <b>\n# no head";
        assert_eq!(
            shown(pasted),
            format!(
                "<p class=\"raw\">{}</p>\n",
                pasted.replace('<', "&lt;").replace('>', "&gt;")
            )
        );
        assert_eq!(shown(" \n"), "");
    }

    #[test]
    fn code_and_addresses_are_more_than_text() {
        let html = shown(
            "run `a<b` or ``, `c\nd\n```rust\nfn x() {}\n```\nsee (https://a.example/x?y=1).",
        );
        assert!(
            html.contains("run <code>a&lt;b</code> or ``, `c\nd</p>"),
            "{html}"
        );
        assert!(
            html.contains("<pre class=\"code\"") && html.contains("fn"),
            "{html}"
        );
        assert!(html.contains(">https://a.example/x?y=1</a>)."), "{html}");
        assert_eq!(html.matches("<a ").count(), 1, "{html}");
    }

    #[test]
    fn a_block_that_never_ends_is_code_to_the_end() {
        let html = shown("look:\n~~~~\na\n```\nb");
        assert_eq!(html.matches("<pre").count(), 1, "{html}");
        assert!(html.contains("```"), "{html}");
    }

    #[test]
    fn many_signs_take_no_time() {
        for source in [
            "`".repeat(200_000),
            "`a".repeat(100_000),
            "http://".repeat(50_000),
        ] {
            assert!(!shown(&source).is_empty());
        }
    }
}
