// Words marked in what is on screen, without touching it where the browser can; with <mark> where it cannot.

const FOUND = "found";
const HERE = "found-here";

const canPaint = typeof Highlight !== "undefined" && "highlights" in CSS;

/** Where `words` (in small letters) stand below `root`, in order. */
export function rangesIn(root: Element, words: string[]): Range[] {
  const ranges: Range[] = [];
  if (words.length === 0) return ranges;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    const text = node.data.toLowerCase();
    // Some letters change their length with their size; those texts are left alone.
    if (text.length !== node.data.length || node.parentElement?.closest("[data-unfound]")) continue;
    for (const [from, to] of spans(text, words)) {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      ranges.push(range);
    }
  }
  return ranges;
}

function spans(text: string, words: string[]): [number, number][] {
  const found: [number, number][] = [];
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      found.push([at, at + word.length]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]);
}

/** Marks `ranges`, and `here` more than the others. */
export function paint(ranges: Range[], here: Range | null): void {
  if (canPaint) {
    CSS.highlights.set(FOUND, new Highlight(...ranges));
    if (here) CSS.highlights.set(HERE, new Highlight(here));
    else CSS.highlights.delete(HERE);
    return;
  }
  // From the last to the first, so that the ranges before stay where they are.
  for (const range of [...ranges].reverse()) {
    if (range.startContainer.parentElement?.matches("mark[data-found]")) continue;
    const mark = document.createElement("mark");
    mark.dataset.found = range === here ? "here" : "";
    range.surroundContents(mark);
  }
}

/** Marks nothing any more. */
export function unpaint(root: Element | null): void {
  if (canPaint) {
    CSS.highlights.delete(FOUND);
    CSS.highlights.delete(HERE);
    return;
  }
  for (const mark of root?.querySelectorAll("mark[data-found]") ?? []) {
    const parent = mark.parentNode;
    mark.replaceWith(...mark.childNodes);
    parent?.normalize();
  }
}
