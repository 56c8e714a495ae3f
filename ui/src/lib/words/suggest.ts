// What a filter that is being typed may be. How a query is cut into parts is Rust's to say
// (crates/engine/src/query/tokens.rs); this follows it far enough to know which filter the caret is in.

import { filterOf } from "./query";

/** The filter the caret is in: the dash before it, its key, its value as far as the caret, and where all that stands. */
export type Typed = { dash: string; key: string; value: string; from: number; to: number };

export type Suggestion = { value: string; /** What it means, or how often it occurs. */ note: string };

const KEYS = ["project", "branch", "agent", "model", "tool", "role", "is", "has", "after", "before"];
/** Those whose values nobody can list. */
const OTHERS = ["session", "file", "on"];

const ago: [string, string][] = [
  ["today", "last midnight"],
  ["yesterday", "the midnight before"],
  ["24h", "24 hours ago"],
  ["7d", "7 days ago"],
  ["30d", "30 days ago"],
  ["6mo", "6 months ago"],
  ["1y", "a year ago"],
];

/** Those that are always the same (crates/engine/src/query/filter.rs). */
const fixed: Record<string, [value: string, note: string][]> = {
  role: [
    ["user", "you"],
    ["assistant", "the model"],
    ["tool", "what a tool answered"],
    ["thinking", "the model, to itself"],
    ["system", "the agent"],
    ["event", "a note, or what we do not know"],
  ],
  is: [
    ["error", "a tool failed"],
    ["live", "written to a moment ago"],
    ["subagent", "in a subagent"],
    ["pinned", "in a pinned session"],
  ],
  has: [
    ["image", "an image"],
    ["diff", "a change to a file"],
    ["code", "a block of code"],
    ["thinking", "thoughts"],
  ],
  after: ago,
  before: ago,
};

/** The values of a key that are always the same; null where they come from the data. */
export function fixedFor(key: string): Suggestion[] | null {
  return fixed[key]?.map(([value, note]) => ({ value, note })) ?? null;
}

/** A word without blanks, or a filter with its value in quotes, or words in quotes. */
const PART = new RegExp(
  `(-(?=[^\\s-]))?(?:(${[...KEYS, ...OTHERS].join("|")}):)?("[^"]*(?:"\\*?|$)|\\S*)`,
  "giy",
);

/** The filter whose value the caret is in, if it is one that values are known for. */
export function filterAt(query: string, caret: number): Typed | null {
  let at = 0;
  while (at < query.length) {
    at += /^\s*/.exec(query.slice(at))![0].length;
    PART.lastIndex = at;
    const [part = "", dash = "", key = "", value = ""] = PART.exec(query) ?? [];
    const to = at + part.length;
    if (part === "" || at > caret) return null;
    const start = to - value.length;
    if (caret <= to) {
      const isOurs = caret >= start && KEYS.includes(key.toLowerCase());
      const typed = query.slice(start, caret).replace(/^"|"\*?$/g, "");
      return isOurs ? { dash, key: key.toLowerCase(), value: typed, from: at, to } : null;
    }
    at = to;
  }
  return null;
}

/** Those of `all` that have what was typed, those that begin with it first. */
export function fitting(all: Suggestion[], typed: string, most: number): Suggestion[] {
  const wanted = typed.trim().toLowerCase();
  const rank = ({ value }: Suggestion) => {
    const at = value.toLowerCase().indexOf(wanted);
    return at > 0 ? 1 : at;
  };
  const [first, second] = [0, 1].map((wants) => all.filter((each) => rank(each) === wants));
  const found = [...first!, ...second!].slice(0, most);
  // What stands there already is no news.
  return found.length === 1 && found[0]!.value.toLowerCase() === wanted ? [] : found;
}

/** The query with `value` in place of what was typed, and where the caret goes: at the end, on to the next word. */
export function accepted(query: string, typed: Typed, value: string): { query: string; caret: number } {
  const rest = query.slice(typed.to);
  const before = `${query.slice(0, typed.from)}${typed.dash}${filterOf(typed.key, value)}${rest === "" ? " " : ""}`;
  return { query: before + rest, caret: before.length };
}
