// Generated from Rust by `make bindings`; do not edit.
/**
 * The eight states, in order of precedence.
 */
export type State = "stopped" | "paused" | "starting" | "stalled" | "catching_up" | "degraded" | "live" | "idle";
/**
 * How changes are noticed.
 */
export type Mode = "none" | "native" | "polling";
/**
 * Something wrong.
 */
export type Problem = { 
/**
 * A stable word to decide by.
 */
code: string, 
/**
 * What it is.
 */
message: string, 
/**
 * What to do about it.
 */
remedy: string, 
/**
 * The file or folder to look at.
 */
place?: string, };
/**
 * Latency over the kept events, milliseconds.
 */
export type Latency = { 
/**
 * Events measured.
 */
count: number, 
/**
 * Half are faster.
 */
p50: number | null, 
/**
 * 95 % are faster.
 */
p95: number | null, 
/**
 * 99 % are faster.
 */
p99: number | null, };
/**
 * One entry of the watcher's log.
 */
export type EventRow = { 
/**
 * Its number, rising.
 */
id: number, 
/**
 * When it was committed: ISO 8601.
 */
at: string, 
/**
 * `add`, `change` or `unlink`.
 */
kind: string, 
/**
 * The file's name, without its folder.
 */
file: string, 
/**
 * Bytes taken in.
 */
bytes: number, 
/**
 * Messages stored.
 */
messages: number, 
/**
 * From picking the change up to the commit, milliseconds.
 */
processing_ms: number, 
/**
 * From the file's growth to the commit, milliseconds; none for what was there before the watch.
 */
latency_ms: number | null, 
/**
 * The session whose transcript the file is.
 */
session_id: string | null, };
/**
 * Why something is not read, the gravest first.
 */
export type Reason = "no_permission" | "other_owner" | "link_outside" | "link_dangling" | "link_loop" | "special_file" | "in_cloud" | "compressed" | "backup_copy" | "unfinished" | "hidden" | "other_name" | "notes" | "tool_output";
/**
 * Something that lies where transcripts lie and is not read.
 */
export type LeftAsideRow = { 
/**
 * Where it lies.
 */
path: string, 
/**
 * Why.
 */
reason: Reason, 
/**
 * The same for people.
 */
says: string, 
/**
 * Where it leads, if it is a link.
 */
leads_to: string | null, 
/**
 * What to do about it.
 */
remedy: string, };
/**
 * What is not read for one reason.
 */
export type LeftAsideFor = { 
/**
 * Why.
 */
reason: Reason, 
/**
 * The same for people.
 */
says: string, 
/**
 * How many.
 */
count: number, 
/**
 * The first of them.
 */
first: Array<LeftAsideRow>, };
/**
 * A watched folder.
 */
export type RootStatus = { 
/**
 * The agent that writes there.
 */
agent: string, 
/**
 * The folder.
 */
path: string, 
/**
 * It is there.
 */
exists: boolean, 
/**
 * How changes in it are noticed.
 */
mode: Mode, 
/**
 * Transcripts found in it.
 */
files: number, 
/**
 * How much lies in it that is not read.
 */
left_aside: number, 
/**
 * The same by reason, the gravest first.
 */
left_aside_for: Array<LeftAsideFor>, };
/**
 * Progress of a pass.
 */
export type Progress = { 
/**
 * Bytes known to need reading.
 */
bytes_total: number, 
/**
 * Bytes committed.
 */
bytes_done: number, 
/**
 * Files known to need reading.
 */
files_total: number, 
/**
 * Files finished.
 */
files_done: number, 
/**
 * Messages added.
 */
messages: number, 
/**
 * Rows are in; the rest is making tool text searchable.
 */
indexing: boolean, 
/**
 * Seconds it will still take, once that can be told.
 */
eta_s: number | null, 
/**
 * Bytes of the archive whose rows are made anew, and how many there are in all; 0 when none are.
 */
anew_done: number, 
/**
 * See [`Self::anew_done`].
 */
anew_total: number, 
/**
 * What was written after this is in: milliseconds since the epoch. The newest come first.
 */
horizon_ms: number | null, };
/**
 * What is kept and is no longer as it was, and could not be mended.
 */
export type Damage = { 
/**
 * The transcript.
 */
path: string, 
/**
 * Byte at which the record begins.
 */
offset: number, 
/**
 * What it is.
 */
what: string, };
/**
 * How far everything that is kept was read again, little by little, to see whether it still is what it was.
 */
export type Proof = { 
/**
 * When the last round began: ISO 8601; `None` before the first.
 */
began: string | null, 
/**
 * Bytes read in it.
 */
bytes: number, 
/**
 * Bytes there are.
 */
of_bytes: number, 
/**
 * It has not ended.
 */
is_under_way: boolean, 
/**
 * How long a round takes at its pace, seconds.
 */
takes_s: number | null, 
/**
 * When the last round ended that read everything: ISO 8601.
 */
whole: string | null, 
/**
 * What is damaged and could not be mended, at most a hundred.
 */
damaged: Array<Damage>, };
/**
 * What the engine watches.
 */
export type WatcherStatus = { 
/**
 * How changes are noticed; `none` when no engine runs.
 */
mode: Mode, 
/**
 * An engine is running and watching.
 */
active: boolean, 
/**
 * The folders.
 */
roots: Array<RootStatus>, 
/**
 * Transcripts found below the roots.
 */
files_watched: number, 
/**
 * Committed changes a minute, over the last five minutes.
 */
events_per_minute: number, 
/**
 * Mean time from picking a change up to its commit, over the last events, milliseconds.
 */
avg_processing_ms: number, 
/**
 * Changes the sweep found that no event had announced.
 */
missed_events: number, 
/**
 * Times the watcher was rebuilt.
 */
rebuilds: number, 
/**
 * From the file growing to the rows committed.
 */
latency_ms: Latency, 
/**
 * The last five events, newest first.
 */
recent_events: Array<EventRow>, };
/**
 * Bytes on disk against bytes committed.
 */
export type Backlog = { 
/**
 * Files with unread complete lines.
 */
files: number, 
/**
 * Bytes in them.
 */
bytes: number, 
/**
 * Upper bound of how long the oldest of them has waited, seconds.
 */
lag_s: number, 
/**
 * When this was measured: ISO 8601.
 */
verified_at: string, 
/**
 * The files furthest behind, at most three: path and bytes.
 */
worst: Array<[string, number]>, };
/**
 * What is stored.
 */
export type StoreStatus = { 
/**
 * The database file.
 */
path: string, 
/**
 * Bytes on disk, index and write-ahead log included.
 */
bytes: number, 
/**
 * Sessions.
 */
sessions: number, 
/**
 * Messages of the user's and the model's side.
 */
messages: number, 
/**
 * Lines we could not read, kept raw.
 */
rejects: number, 
/**
 * Transcripts that are gone from disk and kept here.
 */
sources_missing: number, };
/**
 * The one verdict and the figures behind it (`scrollback status --json`).
 */
export type Status = { 
/**
 * The verdict.
 */
state: State, 
/**
 * One sentence a person understands.
 */
reason: string, 
/**
 * When the state began as far as the asker can tell: ISO 8601.
 */
since: string, 
/**
 * Process id of the running engine.
 */
pid: number | null, 
/**
 * Version of Scrollback.
 */
version: string, 
/**
 * How long the engine has run, in seconds.
 */
uptime_s: number | null, 
/**
 * What is watched.
 */
watcher: WatcherStatus, 
/**
 * What is on disk and not yet committed, measured as asked.
 */
backlog: Backlog, 
/**
 * What is stored.
 */
store: StoreStatus, 
/**
 * Everything that is wrong, worst first.
 */
problems: Array<Problem>, 
/**
 * How far the engine is while it takes in what was there before it.
 */
progress: Progress | null, 
/**
 * How far what is kept was read again.
 */
proof: Proof, };
/**
 * A project in a list.
 */
export type ProjectRow = { 
/**
 * Its repository, or the folder its sessions began in; none for those that name none.
 */
path: string | null, 
/**
 * What it is called.
 */
name: string | null, 
/**
 * Sessions, those of subagents not counted.
 */
sessions: number, 
/**
 * Last record of any that is not ahead of the clock: ISO 8601.
 */
last_activity_at: string | null, };
/**
 * A session in a list.
 */
export type SessionRow = { 
/**
 * The agent's session id.
 */
id: string, 
/**
 * The agent.
 */
agent: string, 
/**
 * Folder the session began in.
 */
project_path: string | null, 
/**
 * The name of the repository it belongs to, or of the folder.
 */
project_name: string | null, 
/**
 * Its title.
 */
title: string | null, 
/**
 * First record: ISO 8601.
 */
created_at: string | null, 
/**
 * Last record: ISO 8601.
 */
last_activity_at: string | null, 
/**
 * Messages of the user's and the model's side, copies from other sessions included.
 */
message_count: number, 
/**
 * The session that started it, or that it was branched from.
 */
parent_session_id: string | null, 
/**
 * Branch last seen.
 */
git_branch: string | null, 
/**
 * Model last seen.
 */
model: string | null, 
/**
 * Its transcript.
 */
source_path: string | null, 
/**
 * Since when the transcript is gone: ISO 8601.
 */
source_missing_since: string | null, 
/**
 * Subagents it started.
 */
subagents: number, 
/**
 * The session it was branched from.
 */
forked_from: string | null, 
/**
 * Last record that is not ahead of the clock, which lists go by: ISO 8601.
 */
active_at: string | null, 
/**
 * Its last record is ahead of the clock.
 */
is_ahead: boolean, };
/**
 * How hits are ordered.
 */
export type Sort = "best" | "recent";
/**
 * What more was taken for what was typed.
 */
export type Widened = "signs" | "prefix" | "substring" | "typo";
/**
 * What a part of a query is.
 */
export type ChipKind = "term" | "filter" | "or" | "nothing";
/**
 * A part of a query, as it was understood.
 */
export type Chip = { 
/**
 * Where it begins in what was typed, in UTF-16 units, as a web page counts.
 */
from: number, 
/**
 * Where it ends.
 */
to: number, 
/**
 * What it is.
 */
kind: ChipKind, 
/**
 * Why it was not understood.
 */
problem: string | null, };
/**
 * The values of a filter.
 */
export type Facet = { 
/**
 * The filter's key.
 */
key: string, 
/**
 * Value and matches.
 */
values: Array<[string, number]>, };
/**
 * How many matches there are of each kind.
 */
export type Facets = { 
/**
 * One for each filter, the values with the most matches first.
 */
facets: Array<Facet>, 
/**
 * Matches that were counted.
 */
counted: number, 
/**
 * Those are all.
 */
has_all: boolean, };
/**
 * A view that may be asked.
 */
export type View = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its columns.
 */
columns: Array<string>, };
/**
 * Rows of a query.
 */
export type SqlRows = { 
/**
 * Column names.
 */
columns: Array<string>, 
/**
 * Cells as text; none for NULL.
 */
rows: Array<Array<string | null>>, 
/**
 * There are more rows.
 */
is_cut: boolean, 
/**
 * Milliseconds it took.
 */
took_ms: number, };
/**
 * A session another one started.
 */
export type Subagent = { 
/**
 * Its session.
 */
session: SessionRow, 
/**
 * 1 for those the session started itself, 2 for those these started.
 */
depth: number, 
/**
 * The call that started it.
 */
call: string | null, 
/**
 * What kind of subagent it is.
 */
kind: string | null, };
/**
 * Where a session comes from, and what came of it.
 */
export type Lineage = { 
/**
 * The session that started this one as a subagent.
 */
started_by: SessionRow | null, 
/**
 * Sessions it shares messages with: what it was branched or resumed from, and what was from it.
 */
relatives: Array<SessionRow>, 
/**
 * Its subagents, each followed by its own.
 */
subagents: Array<Subagent>, };
/**
 * Tokens, each API response counted once.
 */
export type Tokens = { 
/**
 * Read, without those from the cache.
 */
input: number, 
/**
 * Written.
 */
output: number, 
/**
 * Put into the cache.
 */
cache_creation: number, 
/**
 * Taken from the cache.
 */
cache_read: number, };
/**
 * Where words stand in a conversation.
 */
export type Places = { 
/**
 * What was looked for, in small letters.
 */
words: Array<string>, 
/**
 * The messages that hold all of it, in order.
 */
messages: Array<string>, };
/**
 * How something is that was looked at.
 */
export type Level = "ok" | "warning" | "problem";
/**
 * One thing looked at.
 */
export type Check = { 
/**
 * What was looked at.
 */
name: string, 
/**
 * How it is.
 */
level: Level, 
/**
 * What was found.
 */
found: string, 
/**
 * What to do about it; empty where nothing has to be done.
 */
remedy: string, };
/**
 * What `scrollback doctor` found.
 */
export type Checkup = { 
/**
 * Whether every archived byte was unpacked and compared.
 */
deep: boolean, 
/**
 * One entry or more for each thing looked at, in order.
 */
checks: Array<Check>, 
/**
 * How much lies where transcripts lie and is not read.
 */
left_aside_count: number, 
/**
 * The first of it for each reason, the gravest first.
 */
left_aside: Array<LeftAsideRow>, };
/**
 * Which engine syncs.
 */
export type Engine = "own" | "joined" | "none";
/**
 * How things are now.
 */
export type Snapshot = { 
/**
 * Rises with every snapshot that is told; one that was asked for has that of the last.
 */
seq: number, 
/**
 * The verdict and its figures, as `scrollback status --json` has them.
 */
status: Status, 
/**
 * Events in each of the last 60 minutes, oldest first.
 */
activity: Array<number>, 
/**
 * Who syncs.
 */
engine: Engine, 
/**
 * Nothing is stored and nothing was begun: the user is asked first.
 */
is_first_run: boolean, 
/**
 * There is a tray to show an icon in.
 */
has_tray: boolean, };
/**
 * What the page is told without asking.
 */
export type Push = { "kind": "status", 
/**
 * The whole of it.
 */
snapshot: Snapshot, } | { "kind": "go", 
/**
 * Which: what stands after the address.
 */
route: string, };
/**
 * How long to pause.
 */
export type HowLong = "half_hour" | "hour" | "tomorrow" | "forever";
/**
 * How long a text is of which not all is shown.
 */
export type Length = { 
/**
 * Its lines.
 */
lines: number, 
/**
 * Its bytes.
 */
bytes: number, };
/**
 * What a tool does, in kinds a person tells apart at a glance.
 */
export type Family = "run" | "change" | "look" | "plan" | "web" | "agent" | "other";
/**
 * How a call ended.
 */
export type Outcome = "answered" | "failed" | "unanswered";
/**
 * Part of a message. Every `html` is safe to show; `length` tells how long all of it is where not all
 * is there.
 */
export type Block = { "kind": "said", 
/**
 * The words.
 */
html: string, 
/**
 * How long all of them are.
 */
length: Length | null, } | { "kind": "thinking", 
/**
 * The words.
 */
html: string, 
/**
 * How long all of them are.
 */
length: Length | null, } | { "kind": "injected", 
/**
 * What it is.
 */
label: string, 
/**
 * How it begins: plain text.
 */
title: string, 
/**
 * All that is shown of it; empty where the label says it all.
 */
html: string, 
/**
 * How long all of it is.
 */
length: Length | null, } | { "kind": "call", 
/**
 * The agent's id of the call.
 */
call: string, 
/**
 * What the tool does.
 */
family: Family, 
/**
 * What the tool is called.
 */
name: string, 
/**
 * What this call does: plain text.
 */
title: string, 
/**
 * What came of it, in a few words.
 */
note: string | null, 
/**
 * How it ended.
 */
outcome: Outcome, 
/**
 * Seconds until the answer.
 */
seconds: number | null, 
/**
 * It is worth a look without being asked for.
 */
is_open: boolean, 
/**
 * Arguments and answer.
 */
html: string, 
/**
 * How long all of it is.
 */
length: Length | null, } | { "kind": "attachment", 
/**
 * The message it belongs to.
 */
message: string, 
/**
 * Its number among those of the message, from 0.
 */
number: number, 
/**
 * `image` or `document`.
 */
what: string, 
/**
 * Its name.
 */
name: string | null, 
/**
 * Its media type.
 */
mime: string | null, 
/**
 * Its size; none when the transcript only refers to it.
 */
bytes: number | null, 
/**
 * It can be shown as a picture.
 */
is_picture: boolean, };
/**
 * A message as it is shown.
 */
export type Card = { 
/**
 * The message.
 */
id: string, 
/**
 * The model that speaks.
 */
model: string | null, 
/**
 * What it consists of, in order.
 */
blocks: Array<Block>, };
/**
 * A message that has a place of its own.
 */
export type Row = { 
/**
 * The message.
 */
id: string, 
/**
 * Who speaks: `prompt`, `queued_prompt`, `withdrawn_prompt` (typed while the agent worked, and taken back),
 * `assistant`, `tool_result`, `injected`, `compact_summary`, `event`.
 */
role: string, 
/**
 * When: ISO 8601.
 */
at: string | null, 
/**
 * Lines it will take, about.
 */
lines: number, 
/**
 * Bytes shown here: when they change, so has what is to be shown.
 */
bytes: number, 
/**
 * How a prompt begins.
 */
title?: string, 
/**
 * Tools that are called.
 */
tools?: Array<string>, 
/**
 * The messages whose answers are shown here.
 */
answers?: Array<string>, 
/**
 * Something is said.
 */
says?: boolean, 
/**
 * Something is thought.
 */
thinks?: boolean, 
/**
 * It does nothing but look.
 */
only_looks?: boolean, 
/**
 * Images or documents stand with it.
 */
attaches?: boolean, 
/**
 * A call failed.
 */
fails?: boolean, 
/**
 * What stood before it is not in the store.
 */
has_gap?: boolean, 
/**
 * The conversation went on from an earlier message.
 */
is_left?: boolean, 
/**
 * It belongs to the session this one was copied from.
 */
is_copy?: boolean, 
/**
 * Part of a subagent's conversation.
 */
is_sidechain?: boolean, };
/**
 * A whole conversation, without what is said in it.
 */
export type Layout = { 
/**
 * The session.
 */
session: SessionRow, 
/**
 * The sessions around it.
 */
lineage: Lineage, 
/**
 * What its API responses cost.
 */
tokens: Tokens, 
/**
 * It is pinned.
 */
is_pinned: boolean, 
/**
 * Every message that has a place, in order.
 */
rows: Array<Row>, };
/**
 * What of a conversation is looked at first.
 */
export type First = { "kind": "start" } | { "kind": "end" } | { "kind": "message", 
/**
 * Its id.
 */
id: string, };
/**
 * A conversation that is opened.
 */
export type Opened = { 
/**
 * All of it, without what is said.
 */
layout: Layout, 
/**
 * The cards of the screen that is looked at first: fetched with the layout, they come with the first paint.
 */
cards: Array<Card>, };
/**
 * A picture, ready to be shown.
 */
export type Picture = { 
/**
 * All of it, as an address.
 */
url: string, };
/**
 * What is copied of a message.
 */
export type CopyForm = "text" | "markdown" | "link" | "raw";
/**
 * What a folder is opened with.
 */
export type With = "files" | "editor" | "terminal";
/**
 * What a conversation is written as.
 */
export type ExportFormat = "markdown" | "html" | "json" | "jsonl";
/**
 * A file that was written.
 */
export type Exported = { 
/**
 * Where.
 */
path: string, 
/**
 * What was masked in it, and what nobody looked for.
 */
note: string, };
/**
 * A run of text that matches, or does not.
 */
export type Piece = { 
/**
 * The text.
 */
text: string, 
/**
 * It matches.
 */
is_hit: boolean, };
/**
 * A message that matches.
 */
export type Hit = { 
/**
 * The session.
 */
session_id: string, 
/**
 * Its title.
 */
session_title: string | null, 
/**
 * Its project.
 */
project_name: string | null, 
/**
 * The message.
 */
message_id: string, 
/**
 * Who speaks.
 */
role: string, 
/**
 * The record's own type.
 */
type: string, 
/**
 * When: ISO 8601.
 */
at: string | null, 
/**
 * What matches: `text`, `thinking`, `tool_input` or `tool_output`; `title` of the session, or `id`.
 */
field: string, 
/**
 * Matches found in the session.
 */
session_hits: number, 
/**
 * A few words around the first match.
 */
snippet: Array<Piece>, };
/**
 * What a search found.
 */
export type Found = { 
/**
 * The hits, in order.
 */
hits: Array<Hit>, 
/**
 * What was not understood or not done in full, explained.
 */
notes: Array<string>, 
/**
 * What was understood of the query, part by part.
 */
chips: Array<Chip>, 
/**
 * More was taken for what was typed, since nothing matched it.
 */
widened: Widened | null, 
/**
 * Matches found, all of them if `has_all`.
 */
matches: number, 
/**
 * Every match was found, not only the newest.
 */
has_all: boolean, 
/**
 * There are more than were asked for.
 */
has_more: boolean, 
/**
 * Milliseconds it took.
 */
took_ms: number, };
/**
 * Colours of the window.
 */
export type Theme = "system" | "light" | "dark" | "contrast";
/**
 * Room between rows.
 */
export type Density = "comfortable" | "compact";
/**
 * What closing the window does.
 */
export type OnClose = "tray" | "quit";
/**
 * Whether the app starts at login.
 */
export type Autostart = { 
/**
 * It does.
 */
is_on: boolean, 
/**
 * It can be made to.
 */
is_supported: boolean, 
/**
 * What is wrong with the entry.
 */
problem: string | null, 
/**
 * Where the entry lies.
 */
entry: string | null, };
/**
 * A folder that is read.
 */
export type SourceRow = { 
/**
 * Its place in the list.
 */
id: number, 
/**
 * The agent.
 */
agent: string, 
/**
 * Its folder.
 */
path: string, 
/**
 * It is there.
 */
exists: boolean, 
/**
 * How changes in it are noticed.
 */
mode: Mode, };
/**
 * Everything that can be set, and what it is set to.
 */
export type Settings = { 
/**
 * Start at login.
 */
autostart: Autostart, 
/**
 * What closing the window does.
 */
on_close: OnClose, 
/**
 * Colours.
 */
theme: Theme, 
/**
 * Room between rows.
 */
density: Density, 
/**
 * Size of all text, percent.
 */
text_size: number, 
/**
 * Minutes until a notification; 0 for never.
 */
stalled_minutes: number, 
/**
 * The window is drawn slowly and surely, from the next start on.
 */
safe_graphics: boolean, 
/**
 * Single letters work as keys in the window.
 */
letter_keys: boolean, 
/**
 * The window says that there is no tray.
 */
tray_notice: boolean, 
/**
 * Changes are noticed by looking only.
 */
polling: boolean, 
/**
 * What people call the agents, by their ids.
 */
agents: { [key in string]: string }, 
/**
 * What is read.
 */
sources: Array<SourceRow>, 
/**
 * Who decided what is read.
 */
sources_set_by: string, 
/**
 * The list can be changed here.
 */
can_edit_sources: boolean, 
/**
 * Where everything is kept.
 */
data_dir: string, 
/**
 * Size of the database.
 */
database_bytes: number, 
/**
 * Where the settings are kept.
 */
config_file: string, 
/**
 * Version of Scrollback.
 */
version: string, 
/**
 * The system.
 */
platform: string, };
/**
 * What one change sets. Absent fields stay.
 */
export type SettingsPatch = { 
/**
 * Colours.
 */
theme?: Theme, 
/**
 * Room between rows.
 */
density?: Density, 
/**
 * Size of all text, percent.
 */
text_size?: number, 
/**
 * What closing the window does.
 */
on_close?: OnClose, 
/**
 * Minutes until a notification; 0 for never.
 */
stalled_minutes?: number, 
/**
 * Changes are noticed by looking only.
 */
polling?: boolean, 
/**
 * The window is drawn slowly and surely, from the next start on.
 */
safe_graphics?: boolean, 
/**
 * Single letters work as keys in the window.
 */
letter_keys?: boolean, 
/**
 * The window says that there is no tray.
 */
tray_notice?: boolean, };
/**
 * What can be shown in the system's file manager.
 */
export type Place = { "kind": "data" } | { "kind": "logs" } | { "kind": "config" } | { "kind": "problem", 
/**
 * Its message.
 */
message: string, };
/**
 * A copy of the database that was made.
 */
export type BackedUp = { 
/**
 * The copy.
 */
path: string, 
/**
 * Its size.
 */
bytes: number, };
/**
 * An error as a person reads it.
 */
export type IpcError = { 
/**
 * A stable word to decide by.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do.
 */
remedy: string | null, };
/**
 * Part of a list, and where the next part begins.
 */
export type Page<T> = { 
/**
 * The entries.
 */
items: Array<T>, 
/**
 * Names the next page; none after the last.
 */
next: string | null, };
/**
 * What problems are called. An engine of another version may know others.
 */
export type Code = "not_answering" | "stuck" | "behind" | "disk_full" | "low_disk" | "log_grows" | "database_locked" | "database_damaged" | "database_failing" | "database_unusable" | "recovered_with_loss" | "archive_damaged" | "no_sources" | "source_missing" | "unreadable" | "rejects" | "missed_event" | "inotify_limit" | "inotify_instances" | "remote_folder" | "unreliable_events" | "not_watched" | "setting" | "engine_ended";

/** What can be asked: arguments and answer. A channel of `Push` is handed over by
 * `status_subscribe`. */
export interface Commands {
  status_snapshot: [null, Snapshot];
  status_unsubscribe: [null, null];
  events: [{ before: number | null, limit: number, }, Array<EventRow>];
  projects: [null, Array<ProjectRow>];
  sessions: [{ project: string | null, filter: string, cursor: string | null, limit: number, }, Page<SessionRow>];
  open_session: [{ session: string, first: First | null, }, Opened];
  cards: [{ session: string, ids: Array<string>, }, Array<Card>];
  whole_block: [{ session: string, message: string, number: number, }, Block];
  picture: [{ message: string, number: number, }, Picture];
  find: [{ session: string, text: string, }, Places];
  copy_message: [{ session: string, message: string, form: CopyForm, }, null];
  copy_resume: [{ session: string, }, string];
  open_folder: [{ session: string, with: With, }, null];
  open_link: [{ url: string, }, null];
  pin: [{ session: string, on: boolean, }, Array<SessionRow>];
  pinned: [null, Array<SessionRow>];
  export_session: [{ session: string, format: ExportFormat, }, Exported | null];
  search: [{ query: string, limit: number, sort: Sort, }, Found];
  facets: [{ query: string, }, Facets];
  remember: [{ query: string, }, null];
  searches: [null, Array<string>];
  sql: [{ query: string, }, SqlRows];
  sql_views: [null, Array<View>];
  search_as_sql: [{ query: string, }, string];
  pause: [{ how_long: HowLong, }, null];
  resume: [null, null];
  rescan: [null, null];
  restart_engine: [null, null];
  begin: [{ autostart: boolean, }, null];
  settings: [null, Settings];
  change_settings: [{ 
/**
 * Colours.
 */
theme?: Theme, 
/**
 * Room between rows.
 */
density?: Density, 
/**
 * Size of all text, percent.
 */
text_size?: number, 
/**
 * What closing the window does.
 */
on_close?: OnClose, 
/**
 * Minutes until a notification; 0 for never.
 */
stalled_minutes?: number, 
/**
 * Changes are noticed by looking only.
 */
polling?: boolean, 
/**
 * The window is drawn slowly and surely, from the next start on.
 */
safe_graphics?: boolean, 
/**
 * Single letters work as keys in the window.
 */
letter_keys?: boolean, 
/**
 * The window says that there is no tray.
 */
tray_notice?: boolean, }, Settings];
  set_autostart: [{ on: boolean, }, Settings];
  add_source: [null, Settings];
  remove_source: [{ id: number, }, Settings];
  reveal: [{ what: Place, }, null];
  check: [null, Checkup];
  back_up: [null, BackedUp];
  report: [null, string];
  copy: [{ text: string, }, null];
  ui_ready: [null, null];
  ui_error: [{ message: string, }, null];
  quit: [null, null];
}
