// What matches are, counted. The app ends a count for a newer one: those of the search go first, those that only help
// type it wait for them, and begin anew where the search cut in.

import type { Facets } from "../host/bindings";
import { call } from "../host/host";

let counting: Promise<Facets> | null = null;
let searches = 0;

export async function count(query: string): Promise<Facets> {
  searches += 1;
  const own = (counting = call("facets", { query }));
  try {
    return await own;
  } finally {
    if (counting === own) counting = null;
  }
}

export async function countAside(query: string): Promise<Facets> {
  for (;;) {
    while (counting) await counting.catch(() => undefined);
    const before = searches;
    try {
      return await call("facets", { query });
    } catch (error) {
      if (before === searches) throw error;
    }
  }
}
