// The search. Kept here, so that Escape from a conversation finds the same hits at the same place.

import type { Facets, Found, IpcError } from "../host/bindings";
import { call } from "../host/host";
import { count } from "./facets";

const PAUSE_MS = 120;
const FIRST = 50;

export type Sort = "best" | "recent";

class SearchState {
  query = $state("");
  sort = $state<Sort>("best");
  /** The hits on screen, and what they were found for. */
  found = $state.raw<Found | null>(null);
  foundFor = $state("");
  /** What the matches are; comes a little after the hits. */
  facets = $state.raw<Facets | null>(null);
  /** What was searched for before, the newest first. */
  history = $state.raw<string[]>([]);
  isLoading = $state(false);
  error = $state.raw<IpcError | null>(null);
  scrollTop = 0;

  #limit = FIRST;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The hits shown are for what stands in the field. */
  get isCurrent(): boolean {
    return this.found !== null && this.foundFor === this.query.trim() && !this.isLoading;
  }

  type(query: string): void {
    this.query = query;
    this.#limit = FIRST;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.run(), PAUSE_MS);
  }

  sortBy(sort: Sort): void {
    this.sort = sort;
    void this.run();
  }

  /** Puts a query in place of the one in the field. */
  ask(query: string): void {
    this.query = query;
    this.#limit = FIRST;
    void this.run();
  }

  /** It led somewhere, and may again. */
  async remember(): Promise<void> {
    await call("remember", { query: this.query });
  }

  async recall(): Promise<void> {
    this.history = await call("searches", null);
  }

  more(): void {
    this.#limit *= 2;
    void this.run();
  }

  /** Counts are a help: without them the hits stand as they are. */
  async #count(query: string, asked: number): Promise<void> {
    try {
      const facets = await count(query);
      if (asked === this.#asked) this.facets = facets;
    } catch {
      if (asked === this.#asked) this.facets = null;
    }
  }

  async run(): Promise<void> {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    const query = this.query.trim();
    if (query === "") {
      this.found = null;
      this.facets = null;
      this.foundFor = "";
      this.error = null;
      this.isLoading = false;
      return;
    }
    this.isLoading = true;
    try {
      const found = await call("search", { query, limit: this.#limit, sort: this.sort });
      if (asked !== this.#asked) return;
      if (query !== this.foundFor) this.scrollTop = 0;
      this.found = found;
      this.foundFor = query;
      this.error = null;
      void this.#count(query, asked);
    } catch (error) {
      if (asked === this.#asked) this.error = error as IpcError;
    } finally {
      if (asked === this.#asked) this.isLoading = false;
    }
  }
}

export const search = new SearchState();
