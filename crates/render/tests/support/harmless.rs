//! Whether HTML does nothing but be read.

use scrollback_render::{Block, Card};

/// Nothing in a card runs, loads, or is hidden from who reads it.
pub fn assert_harmless(card: &Card) {
    card.blocks
        .iter()
        .filter_map(html_of)
        .for_each(assert_harmless_html);
}

/// Every element and attribute is one that does nothing.
fn assert_harmless_html(html: &str) {
    const ATTRIBUTES: [&str; 9] = [
        "class", "dir", "title", "href", "rel", "open", "start", "type", "disabled",
    ];
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag
            .trim_start_matches('/')
            .split([' ', '\n'])
            .next()
            .unwrap_or_default();
        assert!(
            ![
                "script", "style", "img", "svg", "iframe", "link", "object", "embed", "base",
                "form", "meta", "h1", "h2"
            ]
            .contains(&name),
            "<{tag}>"
        );
        let mut rest = tag;
        while let Some((before, after)) = rest.split_once("=\"") {
            let attribute = before.rsplit(' ').next().unwrap_or_default();
            let (value, following) = after.split_once('"').unwrap_or((after, ""));
            assert!(
                ATTRIBUTES.contains(&attribute) || attribute == "checked",
                "{attribute} in <{tag}>"
            );
            let is_followed = ["http://", "https://", "mailto:"]
                .iter()
                .any(|scheme| value.starts_with(scheme));
            assert!(attribute != "href" || is_followed, "{value}");
            rest = following;
        }
    }
    let hidden = html.chars().find(|char| matches!(char, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    assert_eq!(hidden, None);
}

fn html_of(block: &Block) -> Option<&str> {
    match block {
        Block::Said { html, .. }
        | Block::Thinking { html, .. }
        | Block::Injected { html, .. }
        | Block::Call { html, .. } => Some(html),
        Block::Attachment { .. } => None,
    }
}
