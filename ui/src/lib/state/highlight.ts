// Words marked in what is on screen, without touching it where the browser can; with <mark> where it cannot.

const FOUND = "found";
const HERE = "found-here";

const canPaint = typeof Highlight !== "undefined" && "highlights" in CSS;

/** What does not end a line of text: a word or a phrase may begin in one of these and end in another. */
const INLINE = new Set([
  "A",
  "B",
  "BDI",
  "CODE",
  "DEL",
  "EM",
  "I",
  "KBD",
  "MARK",
  "S",
  "SPAN",
  "STRONG",
  "SUB",
  "SUP",
]);

/** What stands between the words and is none of them: line numbers, signs of a change, what is only heard. */
const ASIDE = "[data-unfound], .no, .sign, .unseen";

/** Text that is read as one, in small letters, and the nodes it is made of. */
type Run = { text: string; nodes: { node: Text; start: number }[] };

/** Where `words` (in small letters) stand below `root`, in order. */
export function rangesIn(root: Element, words: string[]): Range[] {
  if (words.length === 0) return [];
  return runsIn(root).flatMap((run) => rangesOf(run, spans(run.text, words)));
}

function runsIn(root: Element): Run[] {
  const runs: Run[] = [];
  let block: Element | null = null;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!(node instanceof Text)) {
      if (node.nodeName === "BR") block = null;
      continue;
    }
    const text = node.data.toLowerCase();
    // Some letters change their length with their size; those texts are left alone.
    if (text.length !== node.data.length || node.parentElement?.closest(ASIDE)) {
      block = null;
      continue;
    }
    const around = blockOf(node);
    const last = runs.at(-1);
    if (last && around === block) {
      last.nodes.push({ node, start: last.text.length });
      last.text += text;
    } else runs.push({ text, nodes: [{ node, start: 0 }] });
    block = around;
  }
  return runs;
}

function blockOf(node: Text): Element | null {
  let around = node.parentElement;
  while (around && INLINE.has(around.tagName)) around = around.parentElement;
  return around;
}

/** The ranges of spans, which are in order of their starts: the nodes are walked through once. */
function rangesOf({ nodes }: Run, spans: [number, number][]): Range[] {
  const endOf = (at: number) => nodes[at]!.start + nodes[at]!.node.length;
  let first = 0;
  return spans.map(([from, to]) => {
    while (endOf(first) <= from) first += 1;
    let last = first;
    while (endOf(last) < to) last += 1;
    const range = document.createRange();
    range.setStart(nodes[first]!.node, from - nodes[first]!.start);
    range.setEnd(nodes[last]!.node, to - nodes[last]!.start);
    return range;
  });
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
    const isHere = range === here;
    for (const part of partsOf(range).reverse()) {
      const mark = document.createElement("mark");
      mark.dataset.found = isHere ? "here" : "";
      part.surroundContents(mark);
    }
  }
}

/** A range cut where its nodes end: an element can be put around each part. */
function partsOf(range: Range): Range[] {
  const { startContainer, startOffset, endContainer, endOffset } = range;
  const walker = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  const parts: Range[] = [];
  for (
    let node: Node | null = startContainer;
    node;
    node = node === endContainer ? null : walker.nextNode()
  ) {
    walker.currentNode = node;
    const part = document.createRange();
    part.setStart(node, node === startContainer ? startOffset : 0);
    part.setEnd(node, node === endContainer ? endOffset : (node as Text).length);
    if (!part.collapsed) parts.push(part);
  }
  return parts;
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
