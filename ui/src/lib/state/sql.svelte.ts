// The query of one's own, and its answer. Kept while the window is open.

import type { IpcError, SqlRows, View } from "../host/bindings";
import { call } from "../host/host";

const FIRST = `SELECT project_name, count(*) AS sessions, max(last_activity_at) AS last
FROM sessions
GROUP BY project_name
ORDER BY last DESC`;

class SqlState {
  query = $state(FIRST);
  rows = $state.raw<SqlRows | null>(null);
  views = $state.raw<View[]>([]);
  isRunning = $state(false);
  error = $state.raw<IpcError | null>(null);

  #asked = 0;

  async run(): Promise<void> {
    const asked = ++this.#asked;
    this.isRunning = true;
    try {
      const rows = await call("sql", { query: this.query });
      if (asked !== this.#asked) return;
      this.rows = rows;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = error as IpcError;
    } finally {
      if (asked === this.#asked) this.isRunning = false;
    }
  }

  /** Where there is no database yet there are no views. */
  async look(): Promise<void> {
    try {
      this.views = await call("sql_views", null);
    } catch {
      this.views = [];
    }
  }

  /** Puts a search in place of the query, and runs it. */
  async show(search: string): Promise<void> {
    this.query = await call("search_as_sql", { query: search });
    await this.run();
  }
}

export const sql = new SqlState();
