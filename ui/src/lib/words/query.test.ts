import { describe, expect, it } from "vitest";
import type { Chip } from "../host/bindings";
import { filterOf, since, sinceIn, toggled, without, wordsOf } from "./query";

/** Parts as Rust would tell them, for queries whose parts are cut at blanks. */
function chips(query: string): Chip[] {
  return [...query.matchAll(/\S+/g)].map((found) => ({
    from: found.index,
    to: found.index + found[0].length,
    kind: found[0].includes(":") ? "filter" : "term",
    problem: null,
  }));
}

describe("a query changed by a click", () => {
  it("loses a part", () => {
    expect(without("one two three", { from: 4, to: 7 })).toBe("one three");
    expect(without("one", { from: 0, to: 3 })).toBe("");
  });

  it("gains a filter and loses it again", () => {
    const query = toggled("pump", chips("pump"), "project", "kite");
    expect(query).toBe("pump project:kite");
    expect(toggled(query, chips(query), "project", "Kite")).toBe("pump");
    expect(filterOf("project", 'my "garden"')).toBe('project:"my garden"');
  });

  it("tells its words", () => {
    const query = "pump* -hose role:user --flag *art*";
    expect(wordsOf(query, chips(query))).toBe("pump --flag art");
  });

  it("has one time", () => {
    const query = since("pump after:7d x", chips("pump after:7d x"), "30d");
    expect(query).toBe("pump x after:30d");
    expect(sinceIn(query, chips(query))).toBe("30d");
    expect(since(query, chips(query), "")).toBe("pump x");
  });
});
