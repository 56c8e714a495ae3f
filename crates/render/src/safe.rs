//! The last step over all HTML: only what we make ourselves comes through, whatever came before.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use ammonia::Builder;

/// Elements we make.
const TAGS: [&str; 38] = [
    "a",
    "bdi",
    "blockquote",
    "br",
    "caption",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "input",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "img",
];

/// Schemes a link may have.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// `html` without anything that runs, loads, or dresses itself up as a part of the window.
pub fn cleaned(html: &str) -> String {
    static BUILDER: OnceLock<Builder<'static>> = OnceLock::new();
    BUILDER.get_or_init(builder).clean(html).to_string()
}

fn builder() -> Builder<'static> {
    // A picture in a transcript's text is words; images come from the store, beside the HTML.
    let tags: HashSet<&str> = TAGS.into_iter().filter(|tag| *tag != "img").collect();
    let attributes = HashMap::from([
        ("a", HashSet::from(["href", "title"])),
        ("details", HashSet::from(["open"])),
        ("ol", HashSet::from(["start"])),
        ("input", HashSet::from(["type", "disabled", "checked"])),
    ]);
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["class", "dir"]))
        .url_schemes(SCHEMES.into_iter().collect())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            (_, "class") => value.split(' ').all(is_ours).then(|| value.into()),
            ("input", "type") => (value == "checkbox").then(|| value.into()),
            _ => Some(value.into()),
        });
    builder
}

/// Classes are short words of small letters, digits and dashes: ours.
fn is_ours(class: &str) -> bool {
    class.len() <= 12
        && class
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The address of a link, when it is one a person may follow.
pub fn link(address: &str) -> Option<&str> {
    // As browsers do: white space and control characters hide no scheme.
    let scheme: String = address
        .chars()
        .filter(|char| !char.is_whitespace() && !char.is_control())
        .take_while(|char| *char != ':')
        .collect();
    let is_known = SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    (is_known && address.contains(':')).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_or_loads_is_gone() {
        for hostile in [
            "<script>alert(1)</script>",
            "<p onclick=\"x()\">a</p>",
            "<img src=\"https://x/\">",
            "<svg onload=x><a href=1>",
            "<iframe src=x></iframe>",
            "<p style=\"position:fixed\">a</p>",
            "<a href=\"javascript:x\">a</a>",
            "<a href=\"jav&#x09;ascript:x\">a</a>",
            "<a href=\"data:text/html,x\">a</a>",
            "<a href=\"//evil.example\">a</a>",
            "<p class=\"primary Unknown_class_of_the_window\">a</p>",
            "<input type=image src=x>",
            "<style>p{}</style><link rel=x href=y><base href=z>",
        ] {
            let clean = cleaned(hostile);
            for word in [
                "<script",
                "on",
                "src",
                "svg",
                "frame",
                "style",
                "javascript",
                "data:",
                "evil",
                "class",
                "<link",
                "base",
            ] {
                let word_in = clean.replace("noopener", "").contains(word);
                assert!(!word_in, "{hostile} became {clean}");
            }
        }
    }

    #[test]
    fn what_we_make_comes_through() {
        let own =
            "<p class=\"ctl\" dir=\"auto\">a</p><details open=\"\"><summary>b</summary></details>";
        assert_eq!(cleaned(own), own);
        let link = cleaned("<a href=\"https://example.com/?a=1\" title=\"t\">x</a>");
        assert!(link.contains("href=\"https://example.com/?a=1\""), "{link}");
    }

    #[test]
    fn a_scheme_cannot_hide() {
        for hostile in [
            "javascript:x",
            "JaVaScRiPt:x",
            "java\tscript:x",
            " data:text/html,x",
            "vbscript:x",
            "file:///etc",
            "x",
            "//x",
            "#x",
        ] {
            assert_eq!(link(hostile), None, "{hostile}");
        }
        assert_eq!(link("https://a.b"), Some("https://a.b"));
        assert_eq!(link("mailto:a@b.c"), Some("mailto:a@b.c"));
    }
}
