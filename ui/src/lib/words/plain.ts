// Text from transcripts, made fit to show. It is only ever shown as text.

// Colour codes, titles and other orders to a terminal, as crates/render/src/orders.rs has them; and the control characters
// that are left.
const escapes =
  /(?:\x1b\[[ -?]*|\x9b[ -?]+)[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\n\x18\x1a\x1b\x90\x98\x9b-\x9f]*(?:[\x07\x9c]|\x1b\\)|\x1b(?:[#%()*+][!-~]|[0-?])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/** Without what a terminal would obey. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(escapes, "");
}

/** The first `limit` characters, never half of a pair, and how many are left. */
export function cut(text: string, limit: number): { head: string; rest: number } {
  if (text.length <= limit) return { head: text, rest: 0 };
  const last = text.charCodeAt(limit - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
  return { head: text.slice(0, end), rest: text.length - end };
}

/** One line, for a summary. */
export function oneLine(text: string): string {
  return plain(text).replace(/\s+/g, " ").trim();
}

/** Begins with a capital and ends with a full stop: a sentence of the engine, standing alone. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
