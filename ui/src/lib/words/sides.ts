// A change with what was beside what is. The HTML is our own (crates/render/src/diff.rs): a line is one span, which
// ends with its newline, and nothing in it has another.

const CHANGE = /<pre class="diff">([^]*?)<\/pre>/g;
const LINE = /<span class="(same|gone|new|hunk)">(?:⋯|[^\n]*\n)<\/span>/g;

/** Lines of a side at most: to lay them out takes time that grows with their square. */
const MOST = 4000;
/** A line that has none beside it. */
const NONE = '<span class="absent">\n</span>';

/** The changes in `html` side by side; those that have one side only, or very long ones, stay as they are. */
export function sideBySide(html: string): string {
  return html.replaceAll(CHANGE, (whole, lines: string) => {
    const { before, after } = sides(lines);
    if (!hasLines(before) || !hasLines(after) || before.length > MOST) return whole;
    // What stands on both sides is found on one.
    const old = before.join("").replaceAll('<span class="same">', '<span class="same" data-unfound>');
    return (
      '<pre class="diff sides">' +
      `<span class="before" role="group" aria-label="Before">${old}</span>` +
      `<span class="after" role="group" aria-label="After">${after.join("")}</span></pre>`
    );
  });
}

/** As many lines on either side, a hunk's sign apart, which is as wide as both. */
function sides(lines: string): { before: string[]; after: string[] } {
  const [before, after]: [string[], string[]] = [[], []];
  let [gone, fresh]: [string[], string[]] = [[], []];
  const level = () => {
    for (let at = 0; at < Math.max(gone.length, fresh.length); at += 1) {
      before.push(gone[at] ?? NONE);
      after.push(fresh[at] ?? NONE);
    }
    [gone, fresh] = [[], []];
  };
  for (const [line, kind] of lines.matchAll(LINE)) {
    if (kind === "gone") gone.push(line);
    else if (kind === "new") fresh.push(line);
    else {
      level();
      before.push(line);
      if (kind === "same") after.push(line);
    }
  }
  level();
  return { before, after };
}

const hasLines = (side: string[]) => side.some((line) => line.includes('class="sign"'));
