// A table as text that other programs read.

import type { SqlRows } from "../host/bindings";

type Table = Pick<SqlRows, "columns" | "rows">;

/** RFC 4180: a cell with a comma, a quote or a line break stands in quotes. */
export function csv({ columns, rows }: Table): string {
  const cell = (text: string | null) =>
    text !== null && /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : (text ?? "");
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** An object for each row. Of columns with one name the last counts. */
export function json({ columns, rows }: Table): string {
  const object = (row: (string | null)[]) =>
    Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]));
  return JSON.stringify(rows.map(object), null, 2);
}
