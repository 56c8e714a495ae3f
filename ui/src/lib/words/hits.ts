import type { Hit } from "../host/bindings";

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
