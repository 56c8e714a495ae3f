// generated from Rust; do not edit

export type State =
  "stopped" | "paused" | "starting" | "stalled" | "catching_up" | "degraded" | "live" | "idle";
export type Mode = "none" | "native" | "polling";
export type Problem = { code: string; message: string; remedy: string };
export type Latency = { count: number; p50: number | null; p95: number | null; p99: number | null }; // ms
export type EventRow = {
  id: number;
  at: string;
  kind: string /* add|change|unlink */;
  file: string;
  bytes: number;
  messages: number;
  processing_ms: number;
  latency_ms: number | null;
  session_id: string | null;
};
export type RootStatus = { agent: string; path: string; exists: boolean; mode: Mode };
export type Progress = {
  bytes_total: number;
  bytes_done: number;
  files_total: number;
  files_done: number;
  messages: number;
  indexing: boolean;
  eta_s: number | null;
  horizon: string | null; /* ISO: everything newer is in */
};
export type WatcherStatus = {
  mode: Mode;
  active: boolean;
  roots: RootStatus[];
  files_watched: number;
  events_per_minute: number;
  avg_processing_ms: number;
  missed_events: number;
  rebuilds: number;
  latency_ms: Latency;
  recent_events: EventRow[]; /* last 5, newest first */
};
export type Backlog = {
  files: number;
  bytes: number;
  lag_s: number;
  verified_at: string;
  worst: [string, number][];
};
export type StoreStatus = {
  path: string;
  bytes: number;
  sessions: number;
  messages: number;
  rejects: number;
  sources_missing: number;
};
export type Status = {
  state: State;
  reason: string;
  since: string;
  pid: number | null;
  version: string;
  uptime_s: number | null;
  watcher: WatcherStatus;
  backlog: Backlog;
  store: StoreStatus;
  problems: Problem[];
  progress: Progress | null;
};
// code values of problems seen: inotify_limit, inotify_instances, remote, unreliable, polling_refused, unreadable, low_space,
// disk_full, locked, failing, damaged, missed_event, rejects, hung, unindexed, silent … treat unknown ones generically.

export type Engine = "own" | "joined" | "none"; // runs in this app | another process runs it (e.g. `scrollback watch`) | none
export type Snapshot = {
  seq: number;
  status: Status;
  activity: number[] /* 60 counts a minute, oldest first */;
  engine: Engine;
  is_first_run: boolean /* nothing stored, not started yet: the first-run card */;
  has_tray: boolean;
  is_paint_safe: boolean;
};
export type Push =
  { kind: "status"; snapshot: Snapshot } | { kind: "go"; route: string /* "#/session/<id>" … */ };

export type Page<T> = { items: T[]; next: string | null };
export type Project = {
  path: string | null;
  name: string;
  sessions: number;
  last_activity_at: string | null;
};
export type SessionRow = {
  id: string;
  agent: string;
  project_path: string | null;
  project_name: string | null;
  title: string | null;
  created_at: string | null;
  last_activity_at: string | null;
  message_count: number;
  parent_session_id: string | null;
  git_branch: string | null;
  model: string | null;
  source_path: string | null;
  source_missing_since: string | null;
};
export type Part =
  | { kind: "text"; text: string; hidden: number /* characters cut off */ }
  | { kind: "thinking"; text: string; hidden: number }
  | {
      kind: "tool_use";
      id: string;
      tool: string;
      summary: string /* one line: the command, the path … */;
      text: string;
      hidden: number;
    }
  | { kind: "tool_result"; id: string /* of the call */; text: string; hidden: number; is_error: boolean }
  | {
      kind: "attachment";
      name: string | null;
      mime: string | null;
      bytes: number | null;
      what: string; /* image|document */
    };
export type Message = {
  id: string;
  role: string /* user|assistant|tool|system… */;
  type: string;
  at: string | null;
  model: string | null;
  is_sidechain: boolean;
  is_meta: boolean;
  parts: Part[];
};
export type ConversationPage = {
  session: SessionRow;
  messages: Message[];
  previous: string | null;
  next: string | null;
};
export type From =
  { kind: "start" } | { kind: "end" } | { kind: "cursor"; cursor: string } | { kind: "message"; id: string };
export type Piece = { text: string; is_hit: boolean };
export type Hit = {
  session_id: string;
  session_title: string | null;
  project_name: string | null;
  message_id: string;
  role: string;
  type: string;
  at: string | null;
  field: string;
  snippet: Piece[];
};
export type Found = { hits: Hit[]; notes: string[]; has_more: boolean };

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";
export type OnClose = "tray" | "quit";
export type Autostart = {
  is_on: boolean;
  is_supported: boolean;
  problem: string | null;
  entry: string | null; /* path of the entry */
};
export type SourceRow = { id: number; agent: string; path: string; exists: boolean; mode: Mode };
export type Settings = {
  autostart: Autostart;
  on_close: OnClose;
  theme: Theme;
  density: Density;
  text_size: number /* percent 80..200 */;
  stalled_minutes: number /* notify after; 0 never */;
  polling: boolean;
  sources: SourceRow[];
  sources_set_by: string /* "default" | "config file" | "environment X" | "flag" */;
  can_edit_sources: boolean;
  data_dir: string;
  database_bytes: number;
  config_file: string;
  version: string;
  platform: string;
};
export type SettingsPatch = {
  on_close?: OnClose;
  theme?: Theme;
  density?: Density;
  text_size?: number;
  stalled_minutes?: number;
  polling?: boolean;
};
export type Level = "ok" | "warning" | "problem";
export type Check = { name: string; level: Level; found: string; remedy: string };
export type Checkup = { deep: boolean; checks: Check[] };
export type BackedUp = { path: string; bytes: number };
export type IpcError = { code: string; message: string; remedy: string | null };

export interface Commands {
  // name: [args, result]; every command takes one object `args`
  status_snapshot: [null, Snapshot];
  // status_subscribe is special: invoke("status_subscribe", { channel: Channel<Push> }) -> null
  events: [{ before: number | null; limit: number }, EventRow[]]; // newest first
  projects: [null, Project[]]; // most recent first
  sessions: [
    { project: string | null /* path */; filter: string; cursor: string | null; limit: number },
    Page<SessionRow>,
  ];
  conversation: [{ session: string; from: From; limit: number }, ConversationPage];
  search: [{ query: string; limit: number; sort: "best" | "recent" }, Found];
  pause: [{ how_long: "half_hour" | "hour" | "tomorrow" | "forever" }, null];
  resume: [null, null];
  rescan: [null, null];
  begin: [{ autostart: boolean }, null]; // first run: Start
  settings: [null, Settings];
  change_settings: [SettingsPatch, Settings];
  set_autostart: [{ on: boolean }, Settings];
  add_source: [null, Settings];
  remove_source: [{ id: number }, Settings]; // add opens the system's folder dialog (in Rust)
  reveal_data: [null, null];
  reveal_logs: [null, null];
  check: [null, Checkup];
  back_up: [null, BackedUp];
  report: [null, string];
  copy: [{ text: string }, null]; // report: redacted text for a bug report
  ui_ready: [null, null];
  ui_error: [{ message: string }, null];
  quit: [null, null];
}
