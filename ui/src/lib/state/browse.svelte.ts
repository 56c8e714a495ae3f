// The lists of Browse. Kept here, so that coming back finds them as they were.

import type { IpcError, ProjectRow, SessionRow } from "../host/bindings";
import { call } from "../host/host";
import { attempt } from "./notice.svelte";

const PAGE = 100;

class BrowseState {
  projects = $state.raw<ProjectRow[]>([]);
  hasProjects = $state(false);
  sessions = $state.raw<SessionRow[]>([]);
  hasSessions = $state(false);
  isLoading = $state(false);
  error = $state.raw<IpcError | null>(null);
  /** The project chosen; null is all of them. */
  project = $state<string | null>(null);
  pinned = $state.raw<SessionRow[]>([]);
  projectFilter = $state("");
  filter = $state("");

  #next: string | null = null;
  #asked = 0;

  get hasMore(): boolean {
    return this.hasSessions && this.#next !== null;
  }

  async loadProjects(): Promise<void> {
    try {
      this.projects = await call("projects", null);
      this.hasProjects = true;
    } catch (error) {
      this.error = error as IpcError;
    }
  }

  async loadPinned(): Promise<void> {
    // A list that fails says so; this one is beside it.
    this.pinned = await call("pinned", null).catch(() => this.pinned);
  }

  async pin(session: string, on: boolean): Promise<void> {
    this.pinned = (await attempt(call("pin", { session, on }))) ?? this.pinned;
  }

  /** The first page, anew. */
  async loadSessions(): Promise<void> {
    await this.#load(null);
  }

  async loadMore(): Promise<void> {
    if (this.#next !== null && !this.isLoading) await this.#load(this.#next);
  }

  /** The session before or after this one in the list. */
  neighbour(id: string, step: 1 | -1): string | null {
    const at = this.sessions.findIndex((session) => session.id === id);
    return at < 0 ? null : (this.sessions[at + step]?.id ?? null);
  }

  async #load(cursor: string | null): Promise<void> {
    const asked = ++this.#asked;
    this.isLoading = true;
    try {
      const { project, filter } = this;
      const page = await call("sessions", { project, filter: filter.trim(), cursor, limit: PAGE });
      // A newer question is on its way.
      if (asked !== this.#asked) return;
      this.sessions = cursor === null ? page.items : [...this.sessions, ...page.items];
      this.#next = page.next;
      this.hasSessions = true;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = error as IpcError;
    } finally {
      if (asked === this.#asked) this.isLoading = false;
    }
  }
}

export const browse = new BrowseState();
