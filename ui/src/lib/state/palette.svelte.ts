// The palette: everything that can be gone to or done, by a few letters of its name.

import type { SessionRow } from "../host/bindings";
import { call } from "../host/host";
import { counted } from "../words/count";
import { having } from "../words/palette";
import { oneLine } from "../words/plain";
import { ago } from "../words/time";
import { browse } from "./browse.svelte";
import { clock } from "./clock.svelte";
import { commands, places, type Command } from "./commands";
import { go, sessionHash } from "./route.svelte";

export type Entry = Command & { note?: string };
export type Group = { name: string; entries: Entry[] };

const MOST = 6;
const RECENT = 4;
const WAIT_MS = 80;

export class PaletteState {
  text = $state("");
  /** Which of the entries is chosen, counted through all groups. */
  at = $state(0);

  #sessions = $state.raw<SessionRow[]>([]);
  /** What they were asked for. */
  #askedFor = $state("");
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  // What can be done is what could be done when the palette was opened.
  #places = places();
  #commands = commands();

  constructor() {
    if (!browse.hasProjects) void browse.loadProjects();
    void this.#ask("");
  }

  readonly #typed = $derived(this.text.trim());
  readonly groups: Group[] = $derived(this.#groups().filter(({ entries }) => entries.length > 0));
  readonly entries: Entry[] = $derived(this.groups.flatMap(({ entries }) => entries));

  type(text: string): void {
    this.text = text;
    this.at = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(text.trim()), WAIT_MS);
  }

  /** To the next (1) or previous (-1) entry, round and round. */
  move(by: 1 | -1): void {
    const many = this.entries.length;
    this.at = (this.at + by + many) % many;
  }

  /** What is still on its way has nowhere to go any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  #groups(): Group[] {
    const goTo = { name: "Go to", entries: having(this.#places, this.#typed) };
    const done = { name: "Commands", entries: having(this.#commands, this.#typed) };
    const sessions = this.#sessions.map(entryOf);
    if (this.#typed === "") return [goTo, { name: "Recent sessions", entries: sessions }, done];
    return [
      goTo,
      { name: "Projects", entries: this.#projects() },
      done,
      // Below what is known at once, so that nothing moves away from under Enter when they come.
      {
        name: "Sessions",
        entries: this.#askedFor === this.#typed ? sessions : having(sessions, this.#typed),
      },
      { name: "Search", entries: [this.#search()] },
    ];
  }

  #projects(): Entry[] {
    const all = browse.projects.map(({ path, name, sessions }) => ({
      label: name ?? "No folder",
      note: counted(sessions, "session"),
      choose: () => go({ screen: "browse", project: path ?? "" }),
    }));
    return having(all, this.#typed).slice(0, MOST);
  }

  #search(): Entry {
    const query = this.#typed;
    return { label: `Search every message for “${query}”`, choose: () => go({ screen: "search", query }) };
  }

  /** A help: where it cannot be had, there is none. */
  async #ask(filter: string): Promise<void> {
    const asked = ++this.#asked;
    const limit = filter === "" ? RECENT : MOST;
    const page = await call("sessions", { project: null, filter, cursor: null, limit }).catch(() => null);
    if (asked !== this.#asked) return;
    const chosen = this.entries[this.at]?.label;
    this.#sessions = page?.items ?? [];
    this.#askedFor = filter;
    // Who has moved on stays where they are.
    const now = this.entries.findIndex(({ label }) => label === chosen);
    if (this.at > 0 && now >= 0) this.at = now;
    this.at = Math.min(this.at, Math.max(0, this.entries.length - 1));
  }
}

function entryOf(session: SessionRow): Entry {
  const { id, title, project_name, last_activity_at } = session;
  return {
    label: oneLine(title ?? "") || "Untitled session",
    note: [project_name, ago(last_activity_at, clock.now)].filter(Boolean).join(" · "),
    choose: () => go(sessionHash(id)),
  };
}
