//! Whatever stands in a transcript is drawn, and does nothing.

#[path = "support/harmless.rs"]
mod harmless;

use proptest::prelude::*;
use scrollback_engine::model::{MessageRow, ToolResultRow, ToolUseRow, Turn};
use scrollback_render::{Extent, Scene, card};

/// Pieces that mean something to someone on the way.
const PIECES: [&str; 40] = [
    "<script>",
    "</script>",
    "<img src=x onerror=alert(1)>",
    "<a href=\"javascript:x\">",
    "](javascript:x)",
    "[a](",
    "![b](http://x/",
    "<svg/onload=x>",
    "<!--",
    "]]>",
    "&lt;",
    "&#x3c;script&#x3e;",
    "\"",
    "'",
    "`",
    "```",
    "~~~rust\n",
    "> ",
    "- ",
    "| a | b |\n|---|---|\n",
    "# ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\u{1b}[31m",
    "\u{1b}]8;;",
    "\u{7}",
    "\u{8}",
    "\0",
    "\u{202e}",
    "\u{2066}",
    "é",
    "世",
    "👍",
    "\u{301}",
    "<system-reminder>",
    "</system-reminder>",
    "<command-name>",
    "    12→",
];

const TOOLS: [(&str, &[&str]); 12] = [
    ("Bash", &["command", "description"]),
    ("Edit", &["file_path", "old_string", "new_string"]),
    ("Write", &["file_path", "content"]),
    ("Read", &["file_path"]),
    ("Grep", &["pattern", "path"]),
    ("WebSearch", &["query"]),
    ("WebFetch", &["url", "prompt"]),
    ("Task", &["description", "prompt", "subagent_type"]),
    ("ExitPlanMode", &["plan"]),
    ("Skill", &["skill"]),
    ("mcp__a__b", &["x"]),
    ("TodoWrite", &["todos"]),
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => (0..PIECES.len()).prop_map(|at| PIECES[at].to_owned()),
        1 => ".{0,12}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300), ..ProptestConfig::default() })]

    #[test]
    fn fuzz_whatever_is_written_does_nothing(said in text(), thought in text(), asked in text(), output in text(), tool in 0..TOOLS.len(), role in 0..6_usize, error: bool) {
        let (name, arguments) = TOOLS[tool];
        let members: serde_json::Map<String, serde_json::Value> = arguments.iter().map(|argument| ((*argument).to_owned(), asked.clone().into())).collect();
        let role = ["prompt", "withdrawn_prompt", "injected", "compact_summary", "assistant", "event"][role];
        let row = |role: &str| MessageRow {
            id: "m".into(), parent_id: None, kind: "user".into(), role: role.into(), timestamp: None, user_text: None, assistant_text: None,
            thinking_text: None, event_text: None, model: Some(asked.clone()), is_sidechain: false, is_meta: false, tool_uses: Vec::new(), tool_results: Vec::new(), attachments: Vec::new(),
        };
        let message = MessageRow {
            user_text: Some(said.clone()), assistant_text: Some(said), thinking_text: Some(thought), event_text: Some(output.clone()),
            tool_uses: vec![ToolUseRow { id: "t".into(), tool_name: name.into(), parameters: serde_json::Value::Object(members).to_string() },
                ToolUseRow { id: "u".into(), tool_name: asked.clone(), parameters: asked.clone() }],
            ..row(role)
        };
        let answer = MessageRow { tool_results: vec![ToolResultRow { tool_use_id: "t".into(), output, error }], ..row("tool_result") };
        let turn = Turn { message, answers: vec![answer] };
        for extent in [Extent::Short, Extent::Whole] {
            harmless::assert_harmless(&card(&turn, Scene { project: Some("/x"), extent }));
        }
    }
}
