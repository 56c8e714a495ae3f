// What is typed into the search, changed by a click. Rust alone understands it; here it is text with known parts.

import type { Chip } from "../host/bindings";

/** The query without one of its parts. */
export function without(query: string, part: Pick<Chip, "from" | "to">): string {
  return tidy(`${query.slice(0, part.from)} ${query.slice(part.to)}`);
}

/** `key:value`, in quotes where the value has blanks. */
export function filterOf(key: string, value: string): string {
  return /[\s"]/.test(value) ? `${key}:"${value.replaceAll('"', "")}"` : `${key}:${value}`;
}

/** The part that is this filter, if it is there. */
export function filterIn(query: string, chips: Chip[], key: string, value: string): Chip | undefined {
  const wanted = filterOf(key, value).toLowerCase();
  return chips.find(
    (chip) => chip.kind === "filter" && query.slice(chip.from, chip.to).toLowerCase() === wanted,
  );
}

/** The query with this filter, or without it where it has it. */
export function toggled(query: string, chips: Chip[], key: string, value: string): string {
  const known = filterIn(query, chips, key, value);
  return known ? without(query, known) : tidy(`${query} ${filterOf(key, value)}`);
}

/** The query limited to a time, in place of the one it was limited to; `""` for any time. */
export function since(query: string, chips: Chip[], value: string): string {
  const old = chips.filter(
    (chip) => chip.kind === "filter" && /^after:/i.test(query.slice(chip.from, chip.to)),
  );
  const bare = old.reduceRight((text, chip) => without(text, chip), query);
  return value === "" ? bare : tidy(`${bare} after:${value}`);
}

/** What it is limited to. */
export function sinceIn(query: string, chips: Chip[]): string {
  const all = chips.map((chip) => query.slice(chip.from, chip.to));
  return all.find((text) => /^after:/i.test(text))?.slice("after:".length) ?? "";
}

/** The words a query looks for, without what narrows it down: what is marked where a hit leads. */
export function wordsOf(query: string, chips: Chip[]): string {
  const words = chips
    .filter((chip) => chip.kind === "term")
    .map((chip) => query.slice(chip.from, chip.to))
    .filter((text) => !/^-[^-]/.test(text))
    .map((text) => text.replace(/^[*"]+|[*"]+$/g, ""));
  return tidy(words.join(" "));
}

function tidy(query: string): string {
  return query.replace(/\s+/g, " ").trim();
}
