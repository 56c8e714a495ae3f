// The watcher's log: what was asked for once, and what each status adds.

import type { EventRow, IpcError } from "../host/bindings";
import { call } from "../host/host";

const PAGE = 50;
const KEPT = 1000;

/** Puts newer rows before older ones; null when some must be missing between them. */
export function joined(recent: EventRow[], known: EventRow[]): EventRow[] | null {
  const newest = known[0];
  if (!newest) return recent;
  const fresh = recent.filter((event) => event.id > newest.id);
  if (fresh.length === 0) return known;
  const touches = fresh.length < recent.length || fresh.at(-1)?.id === newest.id + 1;
  return touches ? [...fresh, ...known].slice(0, KEPT) : null;
}

export class EventsState {
  rows = $state.raw<EventRow[]>([]);
  hasOlder = $state(false);
  error = $state.raw<IpcError | null>(null);

  async load(): Promise<void> {
    await this.#page(null, []);
  }

  async older(): Promise<void> {
    await this.#page(this.rows.at(-1)?.id ?? null, this.rows);
  }

  async take(recent: EventRow[]): Promise<void> {
    const rows = joined(recent, this.rows);
    if (rows) this.rows = rows;
    else await this.load();
  }

  async #page(before: number | null, known: EventRow[]): Promise<void> {
    try {
      const page = await call("events", { before, limit: PAGE });
      this.rows = [...known, ...page];
      this.hasOlder = page.length === PAGE;
      this.error = null;
    } catch (error) {
      this.error = error as IpcError;
    }
  }
}
