import { describe, expect, it } from "vitest";

import { having } from "./palette";

const labels = (typed: string, ...all: string[]) =>
  having(
    all.map((label) => ({ label })),
    typed,
  ).map(({ label }) => label);

describe("what a few letters mean in the palette", () => {
  it("has what begins with them first, then what has a word that does, then the rest", () => {
    expect(labels("ex", "Show the index", "In an export", "Export as JSON…", "Rescan")).toEqual([
      "Export as JSON…",
      "In an export",
      "Show the index",
    ]);
  });

  it("wants every word, in any order and case, and parts of a name count as words", () => {
    expect(labels("FIXER tail", "tail-fixer", "tail", "Fix the tail")).toEqual(["tail-fixer"]);
    expect(labels("js ex", "Export as JSON…", "Export as Markdown…")).toEqual(["Export as JSON…"]);
    expect(labels("ÜBER", "Über die Brücke")).toEqual(["Über die Brücke"]);
  });

  it("leaves the order alone for nothing typed, and takes signs as signs", () => {
    expect(labels("  ", "b", "a")).toEqual(["b", "a"]);
    expect(labels("c++ (", "c++ (old)", "c")).toEqual(["c++ (old)"]);
  });
});
