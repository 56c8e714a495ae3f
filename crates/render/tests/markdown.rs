//! A conversation in Markdown, read by a renderer: its headings are ours, and every word of every message is seen below its own.

use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use scrollback_engine::error::Result;
use scrollback_engine::model::{
    AttachmentRow, CallHead, Content, Lineage, MessageHead, MessageRow, SessionRow, Skeleton,
    Tokens, ToolResultRow, ToolUseRow, Turn,
};
use scrollback_render::export::{self, Format, Source};
use scrollback_render::line;

/// What means something in Markdown, and what renderers disagree about.
#[rustfmt::skip]
const SIGNS: &[&str] = &[
    "\n", "\n", "\n", "\n\n", "\n\n", " ", " ", "  ", "    ", "\t", "\r", "\r\n", "\n    ", "\n\t", "\n  ", "\n   ",
    "`", "``", "```", "````", "``````", "~~~", "~~~~", "\n```", "\n~~~", "\n   ```", "\n```\n", "\n```rust\n",
    "\n~~~ a b\n", "\n````\n", "- ```", "> ~~~", "<!--", "-->", "<!-->", "<script>", "</script>", "<style>", "<pre>",
    "<textarea", "<![CDATA[", "<![CDATA[ x ] y", "]]>", "<?", "?>", "<!DOCTYPE ", "<div>", "</div>", "<details>",
    "<summary>", "<b>", "</b>", "<a href=\"", "\">", "<x-y", "/>", "<", ">", "# ", "## ", "###### ", "#", " #",
    "\n# ", "\n## You · 2026-01-01 00:00\n", "\n===\n", "\n---\n", "\n=", "\n-", "===", "---", "***", "___",
    "\n***\n", "[", "]", "](", ")", "(", "[a]: ", "\n[a]: /x\n", "\n[a]: ", "[a]", "[^a]", "\n[^a]: ", "]: ", "![",
    "](javascript:x)", "](https://x.example/y)", "](<", " \"", "\" ", "'", "<https://x.example>", "<javascript:x>",
    "<a@b.example>", "https://x.example", "> ", "\n> ", "\n>", "\n> > ", "- ", "\n- ", "\n* ", "\n+ ", "\n1. ",
    "\n7) ", "\n0. ", "\n123456789. ", "\n- [x] ", "\n-\n", "|", "\n| ", "\n| a | b |\n|---|---|\n| ", "\n|---|\n",
    "\n| a |\n|---|\n| @ | @ |\n", "\n--|--\n", "\n:-:\n", "| a |\n|:-|\n", "\\", "\\\n", "\\\\", "\\`", "\\<", "*",
    "**", "_", "__", "~", "~~", "$", "$$", "&amp;", "&lt;", "&#35;", "&#x202e;", "&#0;", "&NewLine;", "&copy",
    "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}", "\0", "\u{1c}", "\u{1e}", "\u{1b}[1m", "\u{9b}0m", "\u{202e}",
    "\u{200b}", "\u{a0}", "\u{3000}", "\u{feff}", ":", "=", "+++\n", ":::", "{.x}", "%%", "é", "世",
];

/// A text: signs, and words that are told apart by their number, which [`numbered`] gives them.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(SIGNS).prop_map(str::to_owned),
        2 => Just("@".to_owned()),
        1 => Just(" @ ".to_owned()),
        1 => "[#-?\\[-`{-~ \n]{0,3}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

#[derive(Debug, Clone, Default)]
struct Said {
    role: usize,
    user: String,
    thinking: String,
    assistant: String,
    event: String,
    /// Name, argument, output.
    call: Option<(String, String, String)>,
    file: Option<String>,
}

const ROLES: [(&str, &str); 7] = [
    ("prompt", "You"),
    ("queued_prompt", "You, while it worked"),
    ("withdrawn_prompt", "You, typed and taken back"),
    ("assistant", "Assistant"),
    ("injected", "Added by the agent"),
    ("compact_summary", "Summary of what came before"),
    ("event", "Event"),
];

fn said() -> impl Strategy<Value = Said> {
    let call = (text(), text(), text());
    (
        0..ROLES.len(),
        [text(), text(), text()],
        prop::option::of(call),
        prop::option::of(text()),
        any::<u8>(),
    )
        .prop_map(|(role, [a, b, c], call, file, all)| match ROLES[role].0 {
            "assistant" => Said {
                role,
                thinking: a,
                assistant: b,
                event: if all < 64 { c } else { String::new() },
                call,
                ..Said::default()
            },
            "event" => Said {
                role,
                event: a,
                ..Said::default()
            },
            _ => Said {
                role,
                user: a,
                file,
                ..Said::default()
            },
        })
}

/// Gives each word of the conversation its number, and returns those of each message in the order of the export.
fn numbered(conversation: &mut [Said]) -> Vec<Vec<String>> {
    let mut count = 0;
    // Names are cut; a word is not.
    let short = |text: &str| text.chars().take(12).collect::<String>();
    let mut number = |text: &mut String, words: &mut Vec<String>| {
        let mut out = String::new();
        for char in text.chars() {
            if char == '@' {
                count += 1;
                words.push(format!("w{count}q"));
                out.push_str(&format!("w{count}q"));
            } else {
                out.push(char);
            }
        }
        *text = out;
    };
    conversation
        .iter_mut()
        .map(|said| {
            let mut words = Vec::new();
            for text in [
                &mut said.thinking,
                &mut said.user,
                &mut said.assistant,
                &mut said.event,
            ] {
                number(text, &mut words);
            }
            if let Some(file) = &mut said.file {
                *file = short(file);
                number(file, &mut words);
            }
            if let Some((name, argument, output)) = &mut said.call {
                *name = short(name);
                // An overwritten line of a terminal is gone, as it was there.
                for text in [name, argument, output] {
                    *text = text.replace('\r', "");
                    number(text, &mut words);
                }
            }
            words
        })
        .collect()
}

fn session(title: &str) -> SessionRow {
    SessionRow {
        id: "s@1~2".to_owned(),
        agent: "claude-code".to_owned(),
        project_path: Some("/home/ann/*x*".to_owned()),
        project_name: None,
        title: Some(title.to_owned()),
        created_at: None,
        last_activity_at: None,
        message_count: 0,
        parent_session_id: None,
        git_branch: Some("<!--".to_owned()),
        model: None,
        source_path: None,
        source_missing_since: None,
        subagents: 0,
        active_at: None,
        is_ahead: false,
        forked_from: None,
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

struct Told(Vec<Turn>);

impl Source for Told {
    fn turns(&self, ids: &[String]) -> Result<Vec<Turn>> {
        let turns = self.0.iter();
        Ok(turns
            .filter(|turn| ids.contains(&turn.message.id))
            .cloned()
            .collect())
    }

    fn content(&self, _: &str, _: u32) -> Option<Content> {
        None
    }
}

fn turn(at: usize, said: &Said) -> Turn {
    let call = said.call.as_ref();
    let message = MessageRow {
        id: format!("m{at}"),
        parent_id: None,
        kind: "hook_success".to_owned(),
        role: ROLES[said.role].0.to_owned(),
        timestamp: None,
        user_text: some(&said.user),
        assistant_text: some(&said.assistant),
        thinking_text: some(&said.thinking),
        event_text: some(&said.event),
        model: None,
        is_sidechain: false,
        is_meta: false,
        tool_uses: call
            .map(|(name, argument, _)| ToolUseRow {
                id: "t".to_owned(),
                tool_name: name.clone(),
                parameters: argument.clone(),
            })
            .into_iter()
            .collect(),
        tool_results: Vec::new(),
        attachments: said
            .file
            .iter()
            .map(|file| AttachmentRow {
                kind: "image".to_owned(),
                filename: Some(file.clone()),
                mime_type: None,
                bytes: None,
            })
            .collect(),
    };
    let answers = call.map(|(_, _, output)| MessageRow {
        id: format!("a{at}"),
        role: "tool_result".to_owned(),
        tool_uses: Vec::new(),
        attachments: Vec::new(),
        user_text: None,
        assistant_text: None,
        thinking_text: None,
        event_text: None,
        tool_results: vec![ToolResultRow {
            tool_use_id: "t".to_owned(),
            output: output.clone(),
            error: at.is_multiple_of(2),
        }],
        ..message.clone()
    });
    Turn {
        message,
        answers: answers.into_iter().collect(),
    }
}

fn head(at: usize, turn: &Turn) -> MessageHead {
    let len = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() as u64);
    let message = &turn.message;
    MessageHead {
        id: message.id.clone(),
        number: at as i64,
        role: message.role.clone(),
        at: Some(time(at)),
        user: len(&message.user_text),
        assistant: len(&message.assistant_text),
        thinking: len(&message.thinking_text),
        event: len(&message.event_text),
        attachments: message.attachments.len() as u32,
        calls: message
            .tool_uses
            .iter()
            .map(|call| CallHead {
                id: call.id.clone(),
                tool: call.tool_name.clone(),
                bytes: 1,
            })
            .collect(),
        ..MessageHead::default()
    }
}

fn time(at: usize) -> String {
    format!("2026-01-02T03:{at:02}:00.000Z")
}

fn exported(title: &str, conversation: &[Said]) -> String {
    let turns: Vec<Turn> = (0..)
        .zip(conversation)
        .map(|(at, said)| turn(at, said))
        .collect();
    let skeleton = Skeleton {
        session: session(title),
        lineage: Lineage::default(),
        tokens: Tokens::default(),
        messages: (0..).zip(&turns).map(|(at, turn)| head(at, turn)).collect(),
    };
    let mut out = Vec::new();
    export::export(&skeleton, &Told(turns), Format::Markdown, true, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

/// What a reader sees: each heading with its level, and the text below it.
fn rendered(markdown: &str, options: Options) -> Vec<(u8, String, String)> {
    let mut sections: Vec<(u8, String, String)> = Vec::new();
    let mut is_heading = false;
    let mut links = Vec::new();
    let parser = Parser::new_ext(markdown, options);
    assert_eq!(parser.reference_definitions().iter().count(), 0);
    for event in parser {
        let mut said = String::new();
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                sections.push((level as u8, String::new(), String::new()));
                is_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => is_heading = false,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => said = format!(" {info} "),
            Event::Start(Tag::Link {
                dest_url, title, ..
            }) => links.push(format!(" {dest_url} {title} ")),
            Event::End(TagEnd::Link) => said = links.pop().expect("a link"),
            Event::Start(Tag::Image { dest_url, .. }) => panic!("{dest_url} is loaded"),
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Text(words) | Event::Code(words) => said = words.into_string(),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => said = " ".to_owned(),
            _ => {}
        }
        let Some((_, heading, below)) = sections.last_mut() else {
            panic!("{said:?} stands above all headings");
        };
        if is_heading { heading } else { below }.push_str(&said);
    }
    sections
}

fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, _) in text.match_indices('w') {
        let digits: String = text[at + 1..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if !digits.is_empty() && text[at + 1 + digits.len()..].starts_with('q') {
            words.push(format!("w{digits}q"));
        }
    }
    words
}

fn assert_whole(title: &str, mut conversation: Vec<Said>) {
    let words = numbered(&mut conversation);
    let markdown = exported(title, &conversation);
    let github = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES;
    for options in [Options::empty(), github] {
        let sections = rendered(&markdown, options);
        let blank = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (level, shown, _) = &sections[0];
        assert_eq!((*level, blank(shown)), (1, blank(&line(title, 300))));
        let mut at = 1;
        for ((number, said), words) in (0..).zip(&conversation).zip(&words) {
            let own = format!(
                "{} · {}",
                ROLES[said.role].1,
                time(number)[..16].replace('T', " ")
            );
            if sections
                .get(at)
                .is_some_and(|(_, heading, _)| *heading == own)
            {
                assert_eq!(sections[at].0, 2);
                at += 1;
            } else {
                // Nothing is said here; calls may stand with the message before.
                assert!(
                    words.is_empty()
                        || (said.call.is_some()
                            && blank(&said.assistant).is_empty()
                            && blank(&said.thinking).is_empty()
                            && blank(&said.event).is_empty()),
                    "{own} has no heading:\n{markdown}"
                );
            }
            let below = words_of(&sections[at - 1].2);
            let mut seen = below.iter();
            for word in words {
                assert!(
                    seen.any(|seen| seen == word),
                    "{word} is not seen below {own}:\n{markdown}"
                );
            }
        }
        assert_eq!(at, sections.len(), "a heading is not ours:\n{markdown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_whatever_is_said_stays_below_its_heading(title in text(), conversation in prop::collection::vec(said(), 1..5)) {
        assert_whole(&title.replace('@', "t"), conversation);
    }
}
