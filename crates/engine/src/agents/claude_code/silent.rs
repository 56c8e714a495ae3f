//! What says nothing to a person, kind by kind, and why. Everything not named here is shown: a kind of record,
//! note or block that Claude Code begins to write tomorrow is text before anybody has heard of it.
//!
//! "Measured" means on the corpus of `docs/formats.md`.

/// A kind, and why it is silent. Lists are sorted by kind.
type List = &'static [(&'static str, &'static str)];

/// Records, by `type`.
pub const RECORDS: List = &[
    ("agent-color", "a colour"),
    ("agent-setting", "a setting"),
    ("ai-title", "a title, given as a fact"),
    ("atis-latch", "a switch"),
    ("bridge-session", "ids of a remote session"),
    ("custom-title", "a title, given as a fact"),
    (
        "file-history-delta",
        "where a file was backed up; the edit is a tool call",
    ),
    (
        "file-history-snapshot",
        "where files were backed up; the edits are tool calls",
    ),
    (
        "last-prompt",
        "repeats the beginning of a prompt of the same transcript (measured: 212 of 212)",
    ),
    ("mode", "a setting"),
    ("permission-mode", "a setting"),
    ("started", "the key of a run in a workflow"),
    ("summary", "a title, given as a fact"),
];

/// Notes in the chain of messages, `system` records by `subtype`.
pub const SYSTEM: List = &[("turn_duration", "how long a turn took")];

/// Notes to the model, `attachment` records by the type of the attachment: catalogues of what it may use, which are
/// repeated in every session and say nothing of this one.
pub const ATTACHMENTS: List = &[
    ("agent_listing_delta", "catalogue of subagents"),
    ("command_permissions", "names of tools a command may use"),
    ("deferred_tools_delta", "catalogue of tools"),
    ("mcp_instructions_delta", "manuals of servers"),
    ("skill_listing", "catalogue of skills"),
    (
        "task_reminder",
        "repeats the list that calls of the task tools wrote",
    ),
    (
        "todo_reminder",
        "repeats the list that calls of the task tools wrote",
    ),
];

/// What goes on while a tool runs, `progress` records by the type of their data.
pub const PROGRESS: List = &[
    (
        "agent_progress",
        "repeats messages of the subagent's own transcript",
    ),
    (
        "bash_progress",
        "repeats output that comes with the result (measured: all of 2042 lines)",
    ),
    (
        "hook_progress",
        "the name and the command of a hook that runs; what it says comes with its result",
    ),
    ("mcp_progress", "the names in the call, and that it runs"),
];

/// Content blocks, by `type`.
pub const BLOCKS: List = &[("redacted_thinking", "encrypted")];

/// What a tool told Claude Code (`toolUseResult`), by member: what stands in the call or in its answer in other words,
/// or was in the file before.
pub const OUTCOME: List = &[
    ("agentId", "given as a fact"),
    ("agentType", "an argument of the call"),
    ("codeText", "the words for the status of HTTP"),
    ("file", "the answer has it, with numbers before the lines"),
    ("gitOperation", "words for what the answer says"),
    ("mode", "an argument of the call"),
    ("newTodos", "an argument of the call"),
    ("oldTodos", "an argument of the call before"),
    ("originalFile", "the file before the call"),
    ("originalFileContents", "the file before the call"),
    ("prompt", "an argument of the call"),
    ("query", "an argument of the call"),
    ("questions", "an argument of the call"),
    ("resolvedModel", "the subagent's own messages name it"),
    ("status", "a word for what the answer says"),
    ("statusChange", "words for what the answer says"),
    (
        "structuredPatch",
        "the arguments of the call as lines of a patch",
    ),
];

/// Members, at any depth of what we do not know and of what is known as far as it is not named.
pub const MEMBERS: List = &[
    ("attributionAgent", "a name in a call"),
    ("attributionMcpServer", "a name in a call"),
    ("attributionMcpTool", "a name in a call"),
    ("attributionPlugin", "a name in a call"),
    ("attributionSkill", "a name in a call"),
    ("cache_control", "how the API caches"),
    ("caller", "who makes a call: always the model"),
    (
        "classifierMetaLines",
        "what the classifier of permissions was told",
    ),
    ("commandMode", "a word for a kind"),
    ("compactMetadata", "counts and ids"),
    ("container", "an id"),
    ("context_management", "counts"),
    ("diagnosticsId", "an id"),
    ("direction", "a word for a kind"),
    ("effort", "a setting"),
    ("encrypted_content", "encrypted"),
    ("encrypted_index", "encrypted"),
    ("encrypted_stdout", "encrypted"),
    ("entrypoint", "how Claude Code was started"),
    ("headers", "of HTTP"),
    ("level", "a word for a kind"),
    ("media_type", "a word for a format"),
    ("microcompactMetadata", "counts and ids"),
    ("origin", "who caused it; told by the role"),
    ("permissionMode", "a setting"),
    ("promptSource", "who caused it; told by the role"),
    ("rawContent", "repeats `content`, with the head of the file"),
    ("reminderType", "a word for a kind"),
    ("role", "told by the role"),
    ("sessionKind", "how Claude Code was started"),
    ("signature", "encrypted"),
    ("slug", "a name for the session that Claude Code made up"),
    ("stop_reason", "a word for a kind"),
    ("stop_sequence", "a word for a kind"),
    ("subtype", "leads the text"),
    ("teamName", "the team of the session"),
    ("thinkingMetadata", "a setting"),
    (
        "todos",
        "repeats the list that calls of the task tools wrote",
    ),
    ("toolDenialKind", "a word for what the answer says"),
    ("type", "leads the text, or a word for a kind"),
    ("usage", "counts"),
    ("userType", "always `external`"),
];

/// Places in [`MEMBERS`], counted from 1, by the length of the name: asked for several names of every record.
const BY_LEN: [[u8; 8]; 24] = {
    let mut places = [[0; 8]; 24];
    let mut at = 0;
    while at < MEMBERS.len() {
        let len = MEMBERS[at].0.len();
        let mut free = 0;
        while places[len][free] != 0 {
            free += 1;
        }
        at += 1;
        places[len][free] = at as u8;
    }
    places
};

/// Whether `kind` is on `list`.
pub fn is_in(list: List, kind: &str) -> bool {
    list.iter().any(|(listed, _)| *listed == kind)
}

/// Whether a member says nothing, whatever it holds.
pub fn is_member(name: &str) -> bool {
    is_id(name.as_bytes())
        || BY_LEN.get(name.len()).is_some_and(|places| {
            let listed = places.iter().take_while(|place| **place > 0);
            listed
                .map(|place| MEMBERS[usize::from(*place) - 1].0)
                .any(|listed| listed == name)
        })
}

/// Whether a member's name says that it holds an id or several.
fn is_id(name: &[u8]) -> bool {
    let one = name.strip_suffix(b"s").unwrap_or(name);
    matches!(
        one,
        b"id"
            | b"uuid"
            | [.., b'I', b'd' | b'D']
            | [.., b'_', b'i', b'd']
            | [.., b'U', b'u', b'i', b'd']
    )
}

/// Whether a member of `toolUseResult` says nothing.
pub fn is_outcome(name: &str) -> bool {
    is_in(OUTCOME, name) || is_member(name)
}
