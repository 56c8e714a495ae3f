// What the filter that is being typed may be, offered below the field. Nothing waits for it.

import { call } from "../host/host";
import { count, counted } from "../words/count";
import { without } from "../words/query";
import { accepted, filterAt, fitting, fixedFor, type Suggestion, type Typed } from "../words/suggest";
import { countAside } from "./facets";

const MOST = 8;
/** A query that everything with a time fits; for an empty one nothing is counted. */
const ANYTHING = "after:1970";
/** The branches of sessions, the one used last first. What is ahead of the clock tells nothing. */
const BRANCHES =
  "SELECT git_branch, count(*) FROM sessions WHERE git_branch IS NOT NULL " +
  "GROUP BY 1 ORDER BY max(iif(last_activity_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 hour'), last_activity_at, NULL)) DESC LIMIT 200";

export class SuggestState {
  /** What is offered; nothing when the list is closed. */
  items = $state.raw<Suggestion[]>([]);
  /** Which of them is chosen; -1 for none. */
  at = $state(-1);

  #query = "";
  #typed: Typed | null = null;
  /** The values of the key, and what they were asked for. */
  #all: Suggestion[] = [];
  #allFor = "";
  /** Where the list was closed: the query, and the place of the filter in it. */
  #closed = "";

  /** The field changed, or the caret in it. */
  look(query: string, caret: number): void {
    let typed = filterAt(query, caret);
    if (typed && this.#closed === placeOf(query, typed)) typed = null;
    else if (query !== this.#query) this.#closed = "";
    const isSame =
      query === this.#query && typed?.from === this.#typed?.from && typed?.value === this.#typed?.value;
    [this.#query, this.#typed] = [query, typed];
    if (isSame) return;
    if (!typed) return this.#offer();
    const rest = without(query, typed);
    const wanted = typed.key === "project" || typed.key === "branch" ? typed.key : `${typed.key} ${rest}`;
    const known = fixedFor(typed.key);
    if (known) this.#all = known;
    else if (wanted !== this.#allFor) {
      this.#all = [];
      void this.#ask(typed, rest, wanted);
    }
    this.#allFor = wanted;
    this.#offer();
  }

  /** The query with what was chosen, and where the caret goes. */
  accept({ value }: Suggestion): { query: string; caret: number } | null {
    if (!this.#typed) return null;
    const after = accepted(this.#query, this.#typed, value);
    this.#closed = placeOf(after.query, this.#typed);
    this.leave();
    return after;
  }

  /** To the next (1) or previous (-1) one, round and round. */
  move(by: 1 | -1): void {
    const [from, many] = [this.at < 0 && by < 0 ? 0 : this.at, this.items.length];
    this.at = (from + by + many) % many;
  }

  /** Until something else is typed. */
  close(): void {
    if (this.#typed) this.#closed = placeOf(this.#query, this.#typed);
    this.leave();
  }

  leave(): void {
    this.#typed = null;
    this.#offer();
  }

  #offer(): void {
    this.items = this.#typed ? fitting(this.#all, this.#typed.value, MOST) : [];
    this.at = -1;
  }

  /** A help: where it cannot be had, there is none. */
  async #ask({ key }: Typed, rest: string, wanted: string): Promise<void> {
    const all = await values(key, rest === "" ? ANYTHING : rest).catch(() => null);
    if (wanted !== this.#allFor) return;
    this.#all = all ?? [];
    if (!all) this.#allFor = "";
    const chosen = this.items[this.at];
    this.#offer();
    this.at = chosen ? this.items.findIndex(({ value }) => value === chosen.value) : -1;
  }
}

const placeOf = (query: string, { from }: Typed) => `${from} ${query}`;

async function values(key: string, rest: string): Promise<Suggestion[]> {
  if (key === "project") {
    const names = new Map<string, number>();
    for (const { name, sessions } of await call("projects", null)) {
      if (name !== null) names.set(name, (names.get(name) ?? 0) + sessions);
    }
    return [...names].map(([value, sessions]) => ({ value, note: counted(sessions, "session") }));
  }
  if (key === "branch") {
    const { rows } = await call("sql", { query: BRANCHES });
    return rows.map(([value, sessions]) => ({
      value: value ?? "",
      note: counted(Number(sessions), "session"),
    }));
  }
  const { facets } = await countAside(rest);
  const facet = facets.find((each) => each.key === key);
  return (facet?.values ?? []).map(([value, matches]) => ({ value, note: count(matches) }));
}
