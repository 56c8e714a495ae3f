import type { Found, Hit, Widened } from "../host/bindings";
import { count, counted } from "./count";
import { roleName } from "./states";

export type Group = { session: string; title: string | null; project: string | null; hits: Hit[] };

/** Hits by session, in the order in which the sessions first appear. */
export function bySession(hits: Hit[]): Group[] {
  const groups = new Map<string, Group>();
  for (const hit of hits) {
    const known = groups.get(hit.session_id);
    if (known) known.hits.push(hit);
    else
      groups.set(hit.session_id, {
        session: hit.session_id,
        title: hit.session_title,
        project: hit.project_name,
        hits: [hit],
      });
  }
  return [...groups.values()];
}

const wider: Record<Widened, string> = {
  signs: "It was not found with these signs. What follows has the words.",
  prefix: "No whole word is like that. What follows has words that begin so.",
  substring: "No word begins like that. What follows has it within a word.",
  typo: "Nothing is spelled like that. What follows is nearly so.",
};

/** What more was taken for the query than what was typed; `""` for nothing. */
export function widening(found: Found): string {
  return found.widened === null ? "" : wider[found.widened];
}

/** How much was found, and how fast. */
export function sum(found: Found, sessions: number): string {
  const hits = found.has_all ? counted(found.matches, "hit") : `More than ${count(found.matches)} hits`;
  const shown = found.has_more ? `, ${count(found.hits.length)} shown` : "";
  const ms = found.took_ms < 10 ? Math.max(0.1, found.took_ms).toFixed(1) : Math.round(found.took_ms);
  return `${hits} in ${counted(sessions, "session")}${shown} · ${ms} ms`;
}

/** Who says it, or where it stands. */
export function fieldName(hit: Hit): string {
  const fields: Record<string, string> = {
    thinking: "Thinking",
    tool_input: "Call",
    tool_output: "Output",
    event: "Event",
    title: "Title",
    id: "Id",
  };
  return fields[hit.field] ?? roleName(hit.role);
}
