//! One golden answer for each record type and content block: a list of cases, long as it must be.

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
            "user_command_with_arguments",
            user(
                json!(
                    "<command-message>weave is running…</command-message>\n<command-name>/weave</command-name>\n<command-args>row 7 twice</command-args>"
                ),
                json!({}),
            ),
        ),
        (
            "user_shell_command",
            user(json!("<bash-input>ls cards</bash-input>"), json!({})),
        ),
        (
            "user_shell_output",
            user(
                json!("<bash-stdout>cards</bash-stdout><bash-stderr></bash-stderr>"),
                json!({}),
            ),
        ),
        (
            "user_skill_by_the_model",
            user(
                json!(
                    "<command-message>weave</command-message>\n<command-name>weave</command-name>\n<skill-format>true</skill-format>"
                ),
                json!({}),
            ),
        ),
        (
            "user_scheduled_task",
            user(
                json!("<scheduled-task name=\"oil\" file=\"x\">\nOil the mill\n</scheduled-task>"),
                json!({}),
            ),
        ),
        (
            "user_document_of_text",
            user(
                json!([{"type": "document", "title": "notes.txt", "source": {"type": "text", "media_type": "text/plain", "data": "On the mill"}}]),
                json!({}),
            ),
        ),
        (
            "user_document_of_blocks",
            user(
                json!([{"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "On the mill"}]}, "context": "kept by Ada"}]),
                json!({}),
            ),
        ),
        (
            "user_search_result",
            user(
                json!([{"type": "search_result", "source": "https://example.org/mill", "title": "Mill", "content": [{"type": "text", "text": "It grinds"}]}]),
                json!({}),
            ),
        ),
        (
            "user_member_nobody_knows",
            user(
                json!("Weave"),
                json!({"planContent": "# The plan", "slug": "silly-old-loom"}),
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
            "tool_result_unknown_parts",
            user(
                json!([{"type": "tool_result", "tool_use_id": "toolu_01", "content": [
                    {"type": "resource", "resource": {"uri": "file:///mill", "text": "Grinding"}},
                    {"type": "newfangled", "text": "clack", "signature": "c2ln"},
                ]}]),
                json!({}),
            ),
        ),
        (
            "tool_result_with_more_beside",
            user(
                json!([{"type": "tool_result", "tool_use_id": "toolu_01", "content": "Output too large. Preview: 1 card"}]),
                json!({"toolUseResult": {"stdout": "1 card\n2 cards", "stderr": "", "interrupted": false, "returnCodeInterpretation": "No matches found"}}),
            ),
        ),
        (
            "tool_result_of_an_edit",
            user(
                json!([{"type": "tool_result", "tool_use_id": "toolu_01", "content": "The file was changed"}]),
                json!({"toolUseResult": {"filePath": "/mill.rs", "oldString": "a", "newString": "b", "originalFile": "a c", "structuredPatch": [{"lines": ["-a", "+b"]}]}}),
            ),
        ),
        (
            "tool_result_answers",
            user(
                json!([{"type": "tool_result", "tool_use_id": "toolu_01", "content": "User has answered"}]),
                json!({"toolUseResult": {"questions": [{"question": "Which mill?"}], "answers": {"Which mill?": "the left"}, "annotations": {"Which mill?": {"notes": "not the right"}}}}),
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
            "assistant_server_tool_failed",
            assistant(json!([
                {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_01", "content": {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}},
            ])),
        ),
        (
            "assistant_mcp_tool",
            assistant(json!([
                {"type": "mcp_tool_use", "id": "mcptoolu_01", "name": "weave", "server_name": "loom", "input": {"rows": 2}},
                {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_01", "is_error": true, "content": [{"type": "text", "text": "thread broke"}]},
            ])),
        ),
        (
            "assistant_code_execution",
            assistant(json!([
                {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_02", "content": {"type": "code_execution_result", "stdout": "42", "stderr": "warm", "return_code": 1, "encrypted_stdout": "c2ln"}},
                {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_03", "content": {"type": "web_fetch_result", "url": "https://example.org", "content": {"type": "document", "source": {"type": "text", "data": "It grinds"}, "title": "Mill"}, "retrieved_at": "2026-01-02T03:04:05Z"}},
            ])),
        ),
        (
            "assistant_citation",
            assistant(json!([{"type": "text", "text": "It grinds", "citations": [
                {"type": "web_search_result_location", "url": "https://example.org", "title": "Mill", "cited_text": "grinding all day", "encrypted_index": "c2ln"},
            ]}])),
        ),
        (
            "assistant_unknown_block",
            assistant(
                json!([{"type": "newfangled", "id": "nf_01", "text": "whirr", "parts": [{"label": "wheel"}], "signature": "c2ln"}]),
            ),
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
            "system_command",
            node(
                "system",
                json!({"subtype": "local_command", "content": "<command-name>/weave</command-name>\n            <command-message>weave</command-message>\n            <command-args>row 7</command-args>", "level": "info", "isMeta": false}),
            ),
        ),
        (
            "system_command_output",
            node(
                "system",
                json!({"subtype": "local_command", "content": "<local-command-stdout>Woven</local-command-stdout>", "level": "info", "isMeta": false}),
            ),
        ),
        (
            "system_api_error",
            node(
                "system",
                json!({"subtype": "api_error", "level": "error", "error": {"status": 529, "headers": {"date": "Mon"}, "error": {"type": "error", "error": {"type": "overloaded_error", "message": "The mill stands"}}}, "retryAttempt": 1}),
            ),
        ),
        (
            "system_stop_hook_summary",
            node(
                "system",
                json!({"subtype": "stop_hook_summary", "hookCount": 1, "hookInfos": [{"command": "make cards"}], "hookErrors": ["no thread"], "stopReason": "torn", "toolUseID": "x"}),
            ),
        ),
        (
            "system_without_subtype",
            node("system", json!({"content": "Resumed", "level": "info"})),
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
            "attachment_hook_blocking_error",
            attachment(
                json!({"type": "hook_blocking_error", "hookName": "PreToolUse:Bash", "hookEvent": "PreToolUse", "toolUseID": "toolu_01", "blockingError": {"blockingError": "No", "command": "guard.sh"}}),
            ),
        ),
        (
            "attachment_file",
            attachment(
                json!({"type": "file", "filename": "/mill.md", "content": {"type": "text", "file": {"filePath": "/mill.md", "content": "It grinds", "numLines": 1}}}),
            ),
        ),
        (
            "attachment_skill_listing",
            attachment(json!({"type": "skill_listing", "content": "- weave: weaves"})),
        ),
        (
            "attachment_unknown",
            attachment(json!({"type": "newfangled", "words": ["whirr", "clack"]})),
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
            "progress_unknown",
            progress(json!({"type": "query_update", "query": "mills"})),
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
            "queue_blocks",
            note(
                "queue-operation",
                json!({"operation": "enqueue", "content": [{"type": "text", "text": "like this"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}}]}),
            ),
        ),
        (
            "queue_image_only",
            note(
                "queue-operation",
                json!({"operation": "enqueue", "content": [{"type": "image", "name": "loom.png", "source": {"type": "url", "url": "https://example.org/loom.png"}}]}),
            ),
        ),
        (
            "queue_notification",
            note(
                "queue-operation",
                json!({"operation": "enqueue", "content": "<task-notification>woven</task-notification>"}),
            ),
        ),
        (
            "queue_nothing",
            note("queue-operation", json!({"operation": "enqueue"})),
        ),
        (
            "queue_dequeue",
            note("queue-operation", json!({"operation": "dequeue"})),
        ),
        (
            "queue_remove",
            note("queue-operation", json!({"operation": "remove"})),
        ),
        (
            "queue_absorbed",
            note(
                "queue-operation",
                json!({"operation": "remove", "reason": "absorbed_mid_turn", "content": "and oil"}),
            ),
        ),
        (
            "queue_removed_otherwise",
            note(
                "queue-operation",
                json!({"operation": "remove", "reason": "worn out"}),
            ),
        ),
        (
            "queue_taken_back",
            note("queue-operation", json!({"operation": "popAll"})),
        ),
        (
            "unknown_note_with_text",
            note(
                "newfangled",
                json!({"words": "whirr", "deep": {"status": 3, "text": "clack"}}),
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
    let result = json!({"type": "result", "key": "k", "agentId": "a0123456789abcdef", "result": {"text": "done"}});
    golden("journal_result", &journal_file(), &result);
    golden("journal_result_elsewhere", &main_file(), &result);
    golden("sidecar_nested", &sidecar_file(), &nested);
    golden(
        "sidecar_that_says_nothing",
        &sidecar_file(),
        &json!({"spawnDepth": 1}),
    );
}
