// The window without the app: answers from recorded data. Loaded in a plain browser only, never in the app.
// `?demo=stalled` chooses the recording; `window.demo` lets a test look on and push.

import type {
  Checkup,
  Chip,
  Commands,
  EventRow,
  Facets,
  First,
  Found,
  Hit,
  Piece,
  ProjectRow,
  Push,
  SessionRow,
  Settings,
  SettingsPatch,
  Snapshot,
} from "./bindings";
import { placesIn, recorded, type Recorded, type Told } from "./recorded";

type Recording = {
  /** When it was recorded. Every time in it is moved by how long ago that is. */
  now: string;
  snapshot: Snapshot;
  events: EventRow[];
  projects: ProjectRow[];
  sessions: SessionRow[];
  conversations: Record<string, Told[]>;
  settings: Settings;
  checkup: Checkup;
  /** Commands that fail, and with what. */
  failures: Record<string, { code: string; message: string; remedy: string | null }>;
};

declare global {
  interface Window {
    demo?: {
      calls: [name: string, args: unknown][];
      snapshot(): Snapshot;
      push(push: Push): void;
      append(session: string, id: string): void;
      /** Keeps the answers of a command back until the function it gives is called. */
      hold(name: string): () => void;
    };
  }
}

const recordings = import.meta.glob<Partial<Recording>>("../../../tests/fixtures/*.json", {
  import: "default",
});

async function load(name: string): Promise<[Recording, by: number]> {
  const read = async (file: string) => (await recordings[`../../../tests/fixtures/${file}.json`]?.()) ?? {};
  const [base, own] = await Promise.all([read("live"), read(name)]);
  const whole = merged(base, own) as Recording;
  const by = Date.now() - Date.parse(whole.now);
  return [moved(whole, by) as Recording, by];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a recording says replaces what the usual one says, field by field. */
function merged(base: unknown, own: unknown): unknown {
  if (!isObject(base) || !isObject(own)) return own === undefined ? base : own;
  const all = { ...base };
  for (const [key, value] of Object.entries(own)) all[key] = merged(base[key], value);
  return all;
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Moves every time by `by`, and writes out `{ "repeat": text, "times": n }`, which keeps the files small. */
function moved(value: unknown, by: number): unknown {
  if (typeof value === "string" && time.test(value)) return new Date(Date.parse(value) + by).toISOString();
  if (Array.isArray(value)) return value.map((each) => moved(each, by));
  if (!isObject(value)) return value;
  if (typeof value.repeat === "string") return value.repeat.repeat(Number(value.times));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moved(each, by)]));
}

export async function open() {
  const [recording, by] = await load(new URLSearchParams(location.search).get("demo") ?? "live");
  return new Demo(recording, by).host();
}

class Demo {
  #recording: Recording;
  #by: number;
  #onPush: ((push: Push) => void) | null = null;
  #calls: [string, unknown][] = [];
  #held = new Map<string, Promise<void>>();

  constructor(recording: Recording, by: number) {
    this.#recording = recording;
    this.#by = by;
    window.demo = {
      calls: this.#calls,
      snapshot: () => structuredClone(this.#recording.snapshot),
      push: (push) => {
        if (push.kind === "status") this.#recording.snapshot = push.snapshot;
        this.#onPush?.(push);
      },
      hold: (name) => {
        let letGo = () => {};
        this.#held.set(name, new Promise((resolve) => (letGo = resolve)));
        return letGo;
      },
      append: (session, id) => {
        const open = this.#opened.get(session);
        const last = open?.layout.rows.at(-1);
        if (!open || !last) return;
        open.layout.rows.push({ ...last, id });
        const html = `<div class="prose"><p>${id}</p></div>`;
        open.cards.push({ id, model: null, blocks: [{ kind: "said", html, length: null }] });
      },
    };
  }

  host() {
    return {
      invoke: async (name: string, args: unknown) => {
        this.#calls.push([name, args]);
        const failure = this.#recording.failures[name];
        if (failure) throw failure;
        await this.#held.get(name);
        const answer = this.#commands[name as keyof Commands] as (args: unknown) => unknown;
        return structuredClone(await answer(args));
      },
      subscribe: async (onPush: (push: Push) => void) => {
        this.#calls.push(["status_subscribe", null]);
        this.#onPush = onPush;
      },
    };
  }

  /** Changes the status and says so. */
  #become(change: (snapshot: Snapshot) => void): null {
    const snapshot = structuredClone(this.#recording.snapshot);
    change(snapshot);
    snapshot.seq += 1;
    this.#recording.snapshot = snapshot;
    this.#onPush?.({ kind: "status", snapshot: structuredClone(snapshot) });
    return null;
  }

  #change(patch: Partial<Settings>): Settings {
    this.#recording.settings = { ...this.#recording.settings, ...patch };
    return this.#recording.settings;
  }

  /** As another recording has it. */
  async #turn(name: string): Promise<null> {
    const [{ snapshot: other }] = await load(name);
    const { status } = other;
    return this.#become((snapshot) => {
      const { watcher, store } = snapshot.status;
      snapshot.status = { ...status, watcher, store, since: new Date().toISOString() };
      snapshot.is_first_run = false;
    });
  }

  /** Conversations that were opened, and what was pinned. */
  #opened = new Map<string, Recorded>();
  #pins: string[] = [];
  #history: string[] = [];

  async #conversation(id: string): Promise<Recorded> {
    const known = this.#opened.get(id);
    if (known) return known;
    const session = this.#recording.sessions.find((each) => each.id === id);
    if (!session)
      throw { code: "not_found", message: `there is no session ${id}`, remedy: "choose one in Browse" };
    const told = this.#recording.conversations[id] ?? this.#recording.conversations["*"] ?? [];
    const opened = await recorded(session, told, (value) => moved(value, this.#by));
    this.#opened.set(id, opened);
    return opened;
  }

  async #open(id: string, first: First | null) {
    const { layout, cards } = await this.#conversation(id);
    const { rows } = layout;
    let at = first?.kind === "end" ? rows.length - 1 : 0;
    if (first?.kind === "message")
      at = rows.findIndex((row) => row.id === first.id || row.answers?.includes(first.id));
    const shown = new Set(rows.slice(Math.max(0, at - 8), at + 8).map((row) => row.id));
    return {
      layout: { ...layout, is_pinned: this.#pins.includes(id) },
      cards: first ? cards.filter((card) => shown.has(card.id)) : [],
    };
  }

  async #card(id: string, message: string) {
    const { cards } = await this.#conversation(id);
    const card = cards.find((each) => each.id === message);
    if (!card) throw { code: "not_found", message: `there is no message ${message}`, remedy: null };
    return card;
  }

  #pinned(): SessionRow[] {
    return this.#recording.sessions.filter((session) => this.#pins.includes(session.id));
  }

  /** What a query matches, roughly as Rust would; without words it is whatever passes the filters. */
  #matches(query: string): Match[] {
    const chips = chipsOf(query);
    const words = wordsOf(query);
    const kept = chips
      .filter((chip) => chip.kind === "filter")
      .map((chip) => query.slice(chip.from, chip.to).split(":", 2));
    const matches: Match[] = [];
    for (const session of this.#recording.sessions) {
      const values: Record<string, string | null> = { project: session.project_name, agent: session.agent };
      for (const message of this.#recording.conversations[session.id] ?? []) {
        const all = { ...values, role: message.role };
        if (kept.some(([key = "", value]) => key in all && all[key as keyof typeof all] !== value)) continue;
        const part = message.parts.find((each) => words.every((word) => textOf(each).includes(word)));
        if (part) matches.push({ session, message, part });
      }
    }
    return matches;
  }

  #search({ query, limit, sort }: Commands["search"][0]): Found {
    const chips = chipsOf(query);
    const words = wordsOf(query);
    const matches = words.length > 0 ? this.#matches(query) : [];
    const hits = matches.map(({ session, message, part }) => hit(session, message, part, words));
    if (sort === "recent") hits.sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));
    for (const each of hits)
      each.session_hits = hits.filter((other) => other.session_id === each.session_id).length;
    const notes = chips.flatMap((chip) => chip.problem ?? []);
    if (hits.length === 0 && words.length > 0)
      notes.push(`“${words[0]}” occurs in the text of none of the 485 transcripts that were read`);
    return {
      hits: hits.slice(0, limit),
      notes,
      chips,
      widened: words.some((word) => word === "stum") ? "prefix" : null,
      matches: hits.length,
      has_all: true,
      has_more: hits.length > limit,
      took_ms: 4.2,
    };
  }

  #facets(query: string): Facets {
    const isAsked = chipsOf(query).some((chip) => chip.kind !== "nothing");
    const matches = isAsked ? this.#matches(query) : [];
    const tally = (key: string, value: (match: Match) => string | null | undefined) => {
      const counts = new Map<string, number>();
      for (const each of matches) {
        const of = value(each);
        if (of) counts.set(of, (counts.get(of) ?? 0) + 1);
      }
      return { key, values: [...counts].sort((a, b) => b[1] - a[1]) };
    };
    const facets = [
      tally("project", ({ session }) => session.project_name),
      tally("agent", ({ session }) => session.agent),
      tally("role", ({ message }) => message.role),
      tally("model", ({ message }) => message.model),
      tally("tool", ({ part }) => part.tool),
    ];
    return { facets, counted: matches.length, has_all: true };
  }

  #commands: {
    [Name in keyof Commands]: (args: Commands[Name][0]) => Commands[Name][1] | Promise<Commands[Name][1]>;
  } = {
    status_unsubscribe: () => {
      this.#onPush = null;
      return null;
    },
    status_snapshot: () => this.#recording.snapshot,
    events: ({ before, limit }) =>
      this.#recording.events.filter((event) => before === null || event.id < before).slice(0, limit),
    projects: () => this.#recording.projects,
    sessions: ({ project, filter, cursor, limit }) => {
      const wanted = filter.toLowerCase();
      const all = this.#recording.sessions.filter(
        (session) =>
          (project === null || (session.project_path ?? "") === project) &&
          `${session.title ?? ""} ${session.project_name ?? ""}`.toLowerCase().includes(wanted),
      );
      const start = Number(cursor ?? 0);
      const next = start + limit < all.length ? String(start + limit) : null;
      return { items: all.slice(start, start + limit), next };
    },
    open_session: ({ session, first }) => this.#open(session, first),
    cards: ({ session, ids }) => Promise.all(ids.map((id) => this.#card(session, id))),
    whole_block: async ({ session, message, number }) => {
      const block = (await this.#card(session, message)).blocks[number];
      if (!block) throw { code: "not_found", message: "there is no such block", remedy: null };
      const said = this.#recording.conversations[session]?.find((each) => each.id === message)?.parts[number]
        ?.text;
      if (block.kind === "said" && said) {
        const html = `<div class="prose"><p class="raw">${said.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p></div>`;
        return { ...block, html, length: null };
      }
      return "length" in block ? { ...block, length: null } : block;
    },
    picture: async ({ message, number }) => {
      const all = [...this.#opened.values()].map((each) => each.pictures[`${message}/${number}`]);
      const url = all.find((each) => each !== undefined);
      if (!url) throw { code: "not_found", message: "that is not a picture", remedy: null };
      return { url };
    },
    find: async ({ session, text }) => placesIn(await this.#conversation(session), text),
    copy_message: () => null,
    copy_resume: ({ session }) => `cd /home/ada/code/tail-fixer && claude --resume ${session}`,
    open_folder: () => null,
    open_link: () => null,
    pin: ({ session, on }) => {
      this.#pins = this.#pins.filter((each) => each !== session).concat(on ? session : []);
      return this.#pinned();
    },
    pinned: () => this.#pinned(),
    export_session: ({ format }) => ({
      path: `/home/ada/conversation.${format}`,
      note: "Masked 1 likely secret (rules: gitleaks 8.30.1 and our own). Passwords in prose, keys without a known form and text in pictures are not seen: read it before you share it.",
    }),
    search: (args) => this.#search(args),
    facets: ({ query }) => this.#facets(query),
    remember: ({ query }) => {
      this.#history = [query, ...this.#history.filter((each) => each !== query)];
      return null;
    },
    searches: () => this.#history,
    sql: ({ query }) => {
      if (/nonsense/.test(query))
        throw {
          code: "usage",
          message: "the query failed: no such table: nonsense",
          remedy: "the tables are described in docs/sql.md",
        };
      if (query.includes("git_branch")) {
        const branches = new Set(this.#recording.sessions.flatMap((session) => session.git_branch ?? []));
        return {
          columns: ["git_branch"],
          rows: [...branches].map((branch) => [branch, "1"]),
          is_cut: false,
          took_ms: 1.4,
        };
      }
      const rows = this.#recording.projects.map((project) => [
        project.name,
        String(project.sessions),
        project.last_activity_at,
      ]);
      return { columns: ["project_name", "sessions", "last"], rows, is_cut: false, took_ms: 1.4 };
    },
    sql_views: () => [
      {
        name: "sessions",
        columns: ["id", "agent", "project_path", "project_name", "title", "last_activity_at"],
      },
      { name: "messages", columns: ["id", "session_id", "type", "timestamp", "user_text", "assistant_text"] },
      { name: "tool_uses", columns: ["id", "message_id", "tool_name", "parameters"] },
    ],
    search_as_sql: ({ query }) => `SELECT * FROM messages m WHERE m.user_text LIKE '%${query}%'`,
    pause: () => this.#turn("paused"),
    resume: () => this.#turn("live"),
    rescan: () => (this.#recording.snapshot.status.state === "stalled" ? this.#turn("live") : null),
    begin: ({ autostart }) => {
      this.#change({ autostart: { ...this.#recording.settings.autostart, is_on: autostart } });
      return this.#turn("catching_up");
    },
    settings: () => this.#recording.settings,
    change_settings: (patch: SettingsPatch) => this.#change(patch),
    set_autostart: ({ on }) => {
      const entry = on ? "~/.config/autostart/scrollback.desktop" : null;
      return this.#change({ autostart: { ...this.#recording.settings.autostart, is_on: on, entry } });
    },
    add_source: () => {
      const { sources } = this.#recording.settings;
      const id = Math.max(0, ...sources.map((source) => source.id)) + 1;
      const added = {
        id,
        agent: "claude-code",
        path: "/home/ada/work/.claude",
        exists: true,
        mode: "native" as const,
      };
      return this.#change({ sources: [...sources, added], sources_set_by: "config file" });
    },
    remove_source: ({ id }) =>
      this.#change({ sources: this.#recording.settings.sources.filter((source) => source.id !== id) }),
    reveal: () => null,
    restart_engine: () => this.#turn("live"),
    check: () => this.#recording.checkup,
    back_up: () => ({
      path: "/home/ada/scrollback-backup.db",
      bytes: this.#recording.snapshot.status.store.bytes,
    }),
    report: () => "Scrollback 0.1.0",
    copy: () => null,
    ui_ready: () => null,
    ui_error: () => null,
    quit: () => null,
  };
}

type Part = Told["parts"][number];
type Match = { session: SessionRow; message: Told; part: Part };

function chipsOf(query: string): Chip[] {
  return [...query.matchAll(/\S+/g)].map(({ 0: text, index }) => {
    const [key, value] = text.split(":", 2);
    const isFilter =
      /^-?(project|role|agent|model|branch|after|before|is|has|tool)$/.test(key ?? "") && value !== undefined;
    const problem = isFilter && value === "" ? `write a value after ${key}:, as in ${key}:user` : null;
    const kind = problem ? "nothing" : isFilter ? "filter" : "term";
    return { from: index, to: index + text.length, kind, problem };
  });
}

function wordsOf(query: string): string[] {
  const terms = chipsOf(query).filter((chip) => chip.kind === "term");
  return terms.map((chip) => query.slice(chip.from, chip.to).toLowerCase());
}

/** What Rust calls those who speak. */
const roles: Record<string, string> = { user: "prompt", tool: "tool_result" };

function textOf(part: Part): string {
  return `${part.tool ?? ""} ${part.summary ?? ""} ${part.text ?? part.name ?? ""}`.toLowerCase();
}

function hit(session: SessionRow, message: Told, part: Part, words: string[]): Hit {
  const text = part.summary ?? part.text ?? part.name ?? "";
  return {
    session_id: session.id,
    session_title: session.title,
    project_name: session.project_name,
    message_id: message.id,
    role: roles[message.role] ?? message.role,
    type: message.role,
    at: message.at,
    field: part.kind,
    session_hits: 1,
    snippet: snippet(text, words),
  };
}

function snippet(text: string, words: string[]): Piece[] {
  const first = Math.max(
    0,
    Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((at) => at >= 0)) - 40,
  );
  const shown = text.slice(Number.isFinite(first) ? first : 0).slice(0, 240);
  const safe = words.map((word) => word.replace(/[^\p{L}\p{N}]/gu, "\\$&"));
  return shown
    .split(new RegExp(`(${safe.join("|")})`, "iu"))
    .filter((piece) => piece !== "")
    .map((piece) => ({ text: piece, is_hit: words.includes(piece.toLowerCase()) }));
}
