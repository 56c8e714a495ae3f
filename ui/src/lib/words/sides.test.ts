import { describe, expect, it } from "vitest";
import { sideBySide } from "./sides";

/** A change as crates/render/src/diff.rs writes it: a line for each word, which begins with its sign. */
function change(...lines: string[]): string {
  const kinds: Record<string, string> = { "-": "gone", "+": "new", " ": "same" };
  const rows = lines.map((line) =>
    line === "⋯"
      ? '<span class="hunk">⋯</span>'
      : `<span class="${kinds[line[0]!]}"><span class="sign">${line[0]}</span>${line.slice(1)}\n</span>`,
  );
  return `<pre class="diff">${rows.join("")}</pre>`;
}

/** What stands in a column, line by line. */
function column(html: string, name: string): string[] {
  const [, inside = ""] = html.split(`class="${name}"`);
  const own = inside.slice(inside.indexOf(">") + 1).split('<span class="after"')[0]!;
  const lines = [...own.matchAll(/⋯|<span class="absent">\n|<span class="sign">(.)<\/span>([^\n]*)\n/g)];
  return lines.map(([all, sign, text]) => (sign ? sign + text : all.startsWith("⋯") ? "⋯" : "·"));
}

describe("a change side by side", () => {
  it("has what was beside what came in its place, and what stayed on both sides", () => {
    const html = sideBySide(change(" a", "-b", "+B", "+C", " d", "-e", "-f", "+E", " g"));
    expect(column(html, "before")).toEqual([" a", "-b", "·", " d", "-e", "-f", " g"]);
    expect(column(html, "after")).toEqual([" a", "+B", "+C", " d", "+E", "·", " g"]);
  });

  it("has one sign between two hunks", () => {
    const html = sideBySide(change("-a", "⋯", " b", "+c"));
    expect(column(html, "before")).toEqual(["-a", "⋯", " b", "·"]);
    expect(column(html, "after")).toEqual(["·", " b", "+c"]);
  });

  it("loses no line, colours or not", () => {
    const html = change('-<span class="k">let</span> x = 1;', "-", "+&lt;span class=&quot;new&quot;&gt;");
    const beside = sideBySide(html);
    expect(beside).toContain('<span class="sign">-</span><span class="k">let</span> x = 1;\n</span>');
    expect(column(beside, "after")).toEqual(["+&lt;span class=&quot;new&quot;&gt;", "·"]);
  });

  it("stays as it is where there is one side only, or very much", () => {
    const long = change(...Array<string>(5000).fill(" a"), "+b");
    for (const html of [change("+a", "+b"), change("-a"), long, '<pre class="out">a</pre>', ""]) {
      expect(sideBySide(html)).toBe(html);
    }
  });

  it("is made of each change in a card, and leaves what is between them", () => {
    const between = '<p class="cut">3 more lines</p>';
    const html = sideBySide(change("-a", "+b") + between + change("+c") + change(" d", "+e"));
    expect(html.match(/class="diff sides"/g)).toHaveLength(2);
    expect(html).toContain(between + change("+c"));
  });

  it("is found once where it stands twice", () => {
    const html = sideBySide(change(" a", "-b", "+c"));
    expect(html.match(/data-unfound/g)).toHaveLength(1);
    expect(html.indexOf("data-unfound")).toBeLessThan(html.indexOf('class="after"'));
  });
});
