import { describe, expect, it } from "vitest";
import { csv, json } from "./table";

const table = {
  columns: ["a", "b"],
  rows: [
    ["1", null],
    ['say "hi"', "x,\ny"],
  ],
};

describe("a table", () => {
  it("as CSV", () => {
    expect(csv(table)).toBe('a,b\r\n1,\r\n"say ""hi""","x,\ny"\r\n');
  });

  it("as JSON", () => {
    expect(JSON.parse(json(table))).toEqual([
      { a: "1", b: null },
      { a: 'say "hi"', b: "x,\ny" },
    ]);
  });
});
