//! One golden answer for each record type and content block.

use serde_json::{Value, json};

use super::*;

fn golden(name: &str, origin: &Origin, record: &Value) {
    let entry = ClaudeCode.parse(origin, &record.to_string());
    let entry = entry.unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
    insta::with_settings!({ description => record.to_string(), omit_expression => true }, {
        insta::assert_snapshot!(name, show(&entry));
    });
}

#[test]
fn user_records() {
    let png = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}});
    let url =
        json!({"type": "image", "source": {"type": "url", "url": "https://example.org/loom.png"}});
    let pdf = json!({
        "type": "document", "title": "Notes on the engine.pdf",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"},
    });
    let result =
        json!({"type": "tool_result", "tool_use_id": "toolu_01", "content": "3 cards\n4 cards"});
    let parts = json!([
        {"type": "text", "text": "drawn"},
        "twice",
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}},
        {"type": "document", "source": {"type": "file", "path": "C:\\notes\\mill.pdf"}},
        {"type": "tool_reference", "tool_name": "mcp__loom__weave"},
    ]);
    let text = |text: &str| json!({"type": "text", "text": text});
    let cases = [
        (
            "user_prompt",
            user(json!("Weave\n  the pattern"), json!({})),
        ),
        (
            "user_blocks",
            user(json!([text("Look at"), text("this"), png]), json!({})),
        ),
        ("user_image_only", user(json!([url]), json!({}))),
        (
            "user_document",
            user(json!([text("Read it"), pdf]), json!({})),
        ),
        (
            "user_bare_string",
            user(json!(["plain", {"no": "type"}]), json!({})),
        ),
        ("user_nothing", user(json!([]), json!({}))),
        (
            "user_message_is_text",
            node("user", json!({"message": "error"})),
        ),
        (
            "user_message_numbered",
            node(
                "user",
                json!({"message": {"0": "{", "1": "\"", "content": []}}),
            ),
        ),
        (
            "user_without_uuid",
            user(json!("Weave"), json!({"uuid": null, "parentUuid": null})),
        ),
        (
            "user_meta",
            user(json!("The skill's own text"), json!({"isMeta": true})),
        ),
        (
            "user_compact_summary",
            user(
                json!("Continued from before"),
                json!({"isCompactSummary": true}),
            ),
        ),
        (
            "user_command",
            user(
                json!("<command-name>/clear</command-name> <command-args></command-args>"),
                json!({}),
            ),
        ),
        (
            "user_interrupt",
            user(
                json!([text("[Request interrupted by user for tool use]")]),
                json!({}),
            ),
        ),
        (
            "user_notification",
            user(
                json!("The task has ended"),
                json!({"origin": {"kind": "task-notification"}}),
            ),
        ),
        (
            "user_prompt_after_ide_note",
            user(
                json!([
                    text("<ide_selection>line 3 of\nmill.rs</ide_selection>"),
                    text("Explain this line")
                ]),
                json!({}),
            ),
        ),
        (
            "user_forked",
            user(
                json!("Go on"),
                json!({"forkedFrom": {"sessionId": "5e55-old", "messageUuid": UUID}}),
            ),
        ),
        (
            "tool_result_text",
            user(json!([result]), json!({"toolUseResult": "Error: worn out"})),
        ),
        (
            "tool_result_parts",
            user(
                json!([{"type": "tool_result", "tool_use_id": "toolu_01", "content": parts}]),
                json!({}),
            ),
        ),
        (
            "tool_result_error",
            user(
                json!([{"type": "tool_result", "tool_use_id": "toolu_01", "content": "jammed", "is_error": true}]),
                json!({}),
            ),
        ),
        (
            "tool_result_bare",
            user(json!([{"type": "tool_result"}]), json!({})),
        ),
        (
            "tool_result_with_text",
            user(json!([result, text("and go on")]), json!({})),
        ),
        (
            "user_text_from_tool",
            user(
                json!("Error: worn out"),
                json!({"toolUseResult": "Error: worn out"}),
            ),
        ),
        (
            "tool_results_of_subagent",
            user(
                json!([result, {"type": "tool_result", "tool_use_id": "toolu_02"}]),
                json!({"toolUseResult": {"agentId": "a0123456789abcdef"}}),
            ),
        ),
        (
            "tool_result_of_subagent",
            user(
                json!([result]),
                json!({"toolUseResult": {"status": "completed", "agentId": "a0123456789abcdef", "content": [{"type": "text", "text": "x"}]}}),
            ),
        ),
    ];
    cases
        .iter()
        .for_each(|(name, record)| golden(name, &main_file(), record));
}

#[test]
fn assistant_records() {
    let cases = [
        (
            "assistant_text",
            assistant(json!([{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}])),
        ),
        (
            "assistant_thinking",
            assistant(
                json!([{"type": "thinking", "thinking": "Which mill?", "signature": "c2ln"}, {"type": "thinking", "thinking": ""}]),
            ),
        ),
        (
            "assistant_redacted_thinking",
            assistant(json!([{"type": "redacted_thinking", "data": "c2ln"}])),
        ),
        (
            "assistant_tool_use",
            assistant(
                json!([{"type": "tool_use", "id": "toolu_01", "name": "mcp__loom__weave", "input": {"rows": [1, 2.50, 1e3]}, "caller": {"type": "direct"}}]),
            ),
        ),
        (
            "assistant_tool_use_garbage",
            assistant(json!([{"type": "tool_use", "name": "Task\" >\n<parameter"}])),
        ),
        (
            "assistant_server_tool",
            assistant(json!([
                {"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {"query": "mill"}},
                {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_01", "content": [{"type": "web_search_result", "title": "Mill"}]},
            ])),
        ),
        (
            "assistant_fallback",
            assistant(json!([{"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}])),
        ),
        ("assistant_content_is_text", assistant(json!("plain"))),
        (
            "assistant_synthetic",
            node(
                "assistant",
                json!({"isApiErrorMessage": true, "message": {"id": "x", "model": "<synthetic>", "content": [{"type": "text", "text": "API Error"}], "usage": {"output_tokens": 0}}}),
            ),
        ),
        (
            "assistant_without_request",
            node(
                "assistant",
                json!({"message": {"id": "msg_02", "model": "m", "content": []}}),
            ),
        ),
        (
            "assistant_without_id",
            node(
                "assistant",
                json!({"message": {"content": [], "usage": {"output_tokens": 5}}}),
            ),
        ),
    ];
    cases
        .iter()
        .for_each(|(name, record)| golden(name, &main_file(), record));
}

#[test]
fn other_nodes() {
    let attachment = |attachment: Value| node("attachment", json!({"attachment": attachment}));
    let progress = |data: Value| {
        node(
            "progress",
            json!({"toolUseID": "agent_msg_01", "parentToolUseID": "toolu_01", "data": data}),
        )
    };
    let copy = json!({"type": "user", "uuid": "copy", "message": {"content": [
        {"type": "tool_use", "id": "toolu_09", "name": "Bash", "input": {}}, {"type": "text", "text": "not here"},
    ]}});
    let cases = [
        (
            "system_compact_boundary",
            node(
                "system",
                json!({"parentUuid": null, "logicalParentUuid": "u1", "subtype": "compact_boundary", "content": "Compacted", "isMeta": false, "compactMetadata": {"trigger": "auto"}}),
            ),
        ),
        (
            "system_local_command",
            node(
                "system",
                json!({"subtype": "local_command", "content": "<command-name>/model</command-name>", "isMeta": true}),
            ),
        ),
        (
            "system_turn_duration",
            node(
                "system",
                json!({"subtype": "turn_duration", "durationMs": 1200}),
            ),
        ),
        (
            "attachment_hook_success",
            attachment(
                json!({"type": "hook_success", "hookName": "Stop", "content": "fine", "prompt": "not one"}),
            ),
        ),
        (
            "attachment_queued_prompt",
            attachment(
                json!({"type": "queued_command", "prompt": "and oil the gears", "commandMode": "prompt", "origin": {"kind": "human"}}),
            ),
        ),
        (
            "attachment_queued_blocks",
            attachment(
                json!({"type": "queued_command", "prompt": [{"type": "text", "text": "like this"}, {"type": "image", "source": {"type": "base64", "data": "iVBORw=="}}]}),
            ),
        ),
        (
            "attachment_queued_notification",
            attachment(
                json!({"type": "queued_command", "prompt": "<task-notification>x</task-notification>", "commandMode": "task-notification"}),
            ),
        ),
        (
            "attachment_queued_wrapper",
            attachment(
                json!({"type": "queued_command", "prompt": "<task-notification>x</task-notification>"}),
            ),
        ),
        (
            "attachment_queued_meta",
            attachment(json!({"type": "queued_command", "prompt": "go on", "isMeta": true})),
        ),
        (
            "attachment_queued_by_agent",
            attachment(
                json!({"type": "queued_command", "prompt": "go on", "origin": {"kind": "coordinator"}}),
            ),
        ),
        (
            "progress_bash",
            progress(
                json!({"type": "bash_progress", "output": "turning", "fullOutput": "turning"}),
            ),
        ),
        (
            "progress_hook",
            progress(json!({"type": "hook_progress", "hookEvent": "Stop", "command": "true"})),
        ),
        (
            "progress_agent",
            progress(
                json!({"type": "agent_progress", "agentId": "a0123456789abcdef", "prompt": "Search", "message": copy, "normalizedMessages": [copy]}),
            ),
        ),
        (
            "unknown_node",
            node(
                "flux-capacitor",
                json!({"message": {"role": "user", "content": "who knows"}}),
            ),
        ),
    ];
    cases
        .iter()
        .for_each(|(name, record)| golden(name, &main_file(), record));
}

#[test]
fn notes() {
    let cases = [
        (
            "custom_title",
            note("custom-title", json!({"customTitle": " The mill "})),
        ),
        (
            "custom_title_empty",
            note("custom-title", json!({"customTitle": " "})),
        ),
        (
            "ai_title",
            note("ai-title", json!({"aiTitle": "Build the mill"})),
        ),
        (
            "summary",
            json!({"type": "summary", "summary": "Cards sorted", "leafUuid": UUID}),
        ),
        (
            "agent_name",
            note("agent-name", json!({"agentName": "mill-builder"})),
        ),
        (
            "last_prompt",
            note(
                "last-prompt",
                json!({"lastPrompt": "Weave", "leafUuid": UUID}),
            ),
        ),
        ("mode", note("mode", json!({"mode": "normal"}))),
        (
            "permission_mode",
            note("permission-mode", json!({"permissionMode": "plan"})),
        ),
        (
            "agent_setting",
            note("agent-setting", json!({"agentSetting": "reviewer"})),
        ),
        (
            "agent_color",
            note("agent-color", json!({"agentColor": "green"})),
        ),
        (
            "queue_operation",
            note(
                "queue-operation",
                json!({"operation": "enqueue", "timestamp": "2026-01-02T03:04:05.678Z", "content": "and oil"}),
            ),
        ),
        (
            "pr_link",
            note(
                "pr-link",
                json!({"prNumber": 7, "prUrl": "https://example.org/7", "timestamp": "2026-01-02T03:04:05.678Z"}),
            ),
        ),
        (
            "worktree_state",
            note(
                "worktree-state",
                json!({"worktreeSession": {"originalCwd": "/home/ada", "sessionId": "other"}}),
            ),
        ),
        (
            "relocated",
            note("relocated", json!({"relocatedCwd": "/home/ada"})),
        ),
        (
            "frame_link",
            note(
                "frame-link",
                json!({"path": "a.html", "frameUrl": "https://example.org/f", "title": "not ours"}),
            ),
        ),
        (
            "bridge_session",
            note(
                "bridge-session",
                json!({"bridgeSessionId": "b1", "lastSequenceNum": 4}),
            ),
        ),
        ("atis_latch", note("atis-latch", json!({"atis": true}))),
        (
            "file_history_snapshot",
            json!({"type": "file-history-snapshot", "messageId": UUID, "isSnapshotUpdate": false, "snapshot": {"messageId": UUID, "trackedFileBackups": {}, "timestamp": "2026-01-02T03:04:05.678Z"}}),
        ),
        (
            "file_history_delta",
            json!({"type": "file-history-delta", "messageId": UUID, "snapshotMessageId": "u1", "trackingPath": "a", "backup": {}}),
        ),
        (
            "journal_started",
            json!({"type": "started", "key": "k", "agentId": "a0123456789abcdef"}),
        ),
        (
            "journal_result",
            json!({"type": "result", "key": "k", "agentId": "a0123456789abcdef", "result": {"text": "done"}}),
        ),
        (
            "unknown_note",
            note(
                "content-replacement",
                json!({"payload": {"type": "user", "uuid": "inner"}}),
            ),
        ),
        ("id_without_type", json!({"uuid": UUID})),
        (
            "session_in_snake_case",
            json!({"type": "mode", "session_id": "5e55"}),
        ),
        ("no_type", json!({"silly": true})),
    ];
    cases
        .iter()
        .for_each(|(name, record)| golden(name, &main_file(), record));
}

#[test]
fn subagents() {
    let record = user(
        json!("Search the cards"),
        json!({"isSidechain": true, "agentId": "a0123456789abcdef", "parentUuid": null}),
    );
    golden(
        "subagent_in_its_folder",
        &subagent_file(Some("5e55")),
        &record,
    );
    golden("subagent_in_the_old_place", &subagent_file(None), &record);
    golden("subagent_inline", &main_file(), &record);
    let named_itself = note("mode", json!({"sessionId": "agent-a0123456789abcdef"}));
    golden(
        "subagent_that_names_itself",
        &subagent_file(None),
        &named_itself,
    );
    let unmarked = user(json!("Search"), json!({"isSidechain": null}));
    golden("subagent_unmarked", &subagent_file(Some("5e55")), &unmarked);
    let sidecar = json!({"agentType": "Explore", "description": "Search cards", "toolUseId": "toolu_01", "spawnDepth": 1});
    golden("sidecar", &sidecar_file(), &sidecar);
    let nested =
        json!({"agentType": "Explore", "parentAgentId": "a9999999999999999", "spawnDepth": 2});
    golden("sidecar_nested", &sidecar_file(), &nested);
    golden(
        "sidecar_that_says_nothing",
        &sidecar_file(),
        &json!({"spawnDepth": 1}),
    );
}
