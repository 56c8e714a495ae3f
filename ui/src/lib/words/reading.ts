// A conversation as a list: which rows are shown, which are folded into one, and what stands between them.

import type { Row } from "../host/bindings";

/** What is shown besides the talk. */
export type View = { thinking: boolean; tools: boolean; added: boolean };

/** What stands above an item. */
export type Mark = "gap" | "left" | "back" | "branched" | "new";

export type Item =
  | { kind: "row"; key: string; row: Row; hasHead: boolean; marks: Mark[] }
  | { kind: "looks"; key: string; rows: Row[]; isOpen: boolean; hasHead: boolean; marks: Mark[] };

/** Calls that only look, and notes, are folded into one line when there are more than this in a row. */
const FEW = 3;

const TYPED = new Set(["prompt", "queued_prompt", "withdrawn_prompt"]);

export const isPrompt = (row: Row) => TYPED.has(row.role);

/** What the agent put there, or noted beside the talk. */
export const isAdded = (row: Row) => row.role === "injected" || row.role === "event";

const isNote = (row: Row) => row.role === "event" && !row.says;

export function isShown(row: Row, view: View): boolean {
  if (isAdded(row)) return view.added;
  if (row.says) return true;
  const isTool = (row.tools?.length ?? 0) > 0 || row.role === "tool_result";
  if (isTool && view.tools) return true;
  if (row.thinks) return view.thinking;
  return !isTool;
}

/** `forced`: rows shown whatever the view says. `open`: first rows of runs that are not folded. */
export function items(
  rows: Row[],
  view: View,
  forced: ReadonlySet<string>,
  open: ReadonlySet<string>,
  firstNew: string | null,
): Item[] {
  const found: Item[] = [];
  let before: Row | null = null;
  let speaker = "";
  let run: Row[] = [];

  const add = (row: Row, marks: Mark[]) => {
    const says = speakerOf(row);
    const hasHead = says !== "" && (says !== speaker || isPrompt(row) || marks.length > 0);
    // A note interrupts nobody.
    if (!isNote(row)) speaker = says;
    found.push({ kind: "row", key: row.id, row, hasHead, marks });
  };
  const endRun = () => {
    const first = run[0];
    if (first && run.length > FEW) {
      const isOpen = open.has(first.id);
      const hasHead = speaker !== "assistant" && !run.every(isNote);
      if (hasHead) speaker = "assistant";
      found.push({ kind: "looks", key: `looks-${first.id}`, rows: run, isOpen, hasHead, marks: [] });
      if (isOpen) run.forEach((row) => add(row, []));
    } else run.forEach((row) => add(row, []));
    run = [];
  };

  for (const row of rows) {
    if (!isShown(row, view) && !forced.has(row.id)) continue;
    const marks = marksOf(row, before, firstNew);
    before = row;
    if ((row.only_looks || isNote(row)) && marks.length === 0 && !(row.thinks && view.thinking)) {
      run.push(row);
      continue;
    }
    endRun();
    add(row, marks);
  }
  endRun();
  return found;
}

function marksOf(row: Row, before: Row | null, firstNew: string | null): Mark[] {
  const marks: Mark[] = [];
  if (before?.is_copy && !row.is_copy) marks.push("branched");
  if (row.has_gap) marks.push("gap");
  if (row.is_left && !before?.is_left) marks.push("left");
  if (!row.is_left && before?.is_left) marks.push("back");
  if (row.id === firstNew) marks.push("new");
  return marks;
}

function speakerOf(row: Row): string {
  if (isPrompt(row)) return "prompt";
  return isAdded(row) || row.role === "compact_summary" ? "" : "assistant";
}

/** Where each message is shown: at itself, or at the call it answers. */
export function placesOf(rows: Row[]): Map<string, string> {
  const places = new Map<string, string>();
  for (const row of rows) for (const answer of row.answers ?? []) places.set(answer, row.id);
  for (const row of rows) places.set(row.id, row.id);
  return places;
}

/** `Read 4 files, searched twice, 3 notes`: what a run of looking did, and what was noted meanwhile. */
export function looksOf(rows: Row[]): string {
  const counts = new Map<string, number>();
  for (const tool of rows.flatMap((row) => row.tools ?? [])) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  const words: string[] = [];
  const take = (names: string[], say: (n: number) => string) => {
    const n = names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
    names.forEach((name) => counts.delete(name));
    if (n > 0) words.push(say(n));
  };
  take(["Read", "NotebookRead"], (n) => (n === 1 ? "read a file" : `read ${n} files`));
  take(["Grep", "Glob", "LS"], (n) => (n === 1 ? "searched once" : `searched ${n} times`));
  take(["WebFetch", "WebSearch"], (n) => (n === 1 ? "looked at the web" : `looked at the web ${n} times`));
  const rest = [...counts.values()].reduce((sum, n) => sum + n, 0);
  if (rest > 0) words.push(rest === 1 ? "looked once more" : `looked ${rest} times more`);
  const notes = rows.filter(isNote).length;
  if (notes > 0) words.push(notes === 1 ? "a note" : `${notes} notes`);
  const line = words.join(", ");
  return line.charAt(0).toUpperCase() + line.slice(1);
}

/** The text of our own HTML, in small letters. */
export function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&nbsp;", "\u00a0")
    .replaceAll("&amp;", "&")
    .toLowerCase();
}
