// What a few letters in the palette mean.

/** How well `label` has what was typed: 0 begins with it, 1 has each word at the start of one, 2 has each word, -1 not. */
function rank(label: string, typed: string): number {
  const text = label.toLowerCase();
  const words = typed.split(/\s+/);
  if (text.startsWith(typed)) return 0;
  if (!words.every((word) => text.includes(word))) return -1;
  const starts = text.split(/[^\p{L}\p{N}]+/u);
  return words.every((word) => starts.some((start) => start.startsWith(word))) ? 1 : 2;
}

/** Those of `all` that have what was typed, the best first and otherwise as they are; all of them for nothing typed. */
export function having<T extends { label: string }>(all: T[], typed: string): T[] {
  const wanted = typed.trim().toLowerCase();
  const ranked = all.map((each) => ({ each, rank: rank(each.label, wanted) }));
  return ranked
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ each }) => each);
}
