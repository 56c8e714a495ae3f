import { describe, expect, it } from "vitest";
import filters from "../../../../crates/engine/src/query/filter.rs?raw";
import { accepted, filterAt, fitting, fixedFor, type Suggestion } from "./suggest";

/** The filter at the bar. */
function at(marked: string) {
  const caret = marked.indexOf("|");
  return filterAt(marked.replace("|", ""), caret);
}

describe("the filter the caret is in", () => {
  it("is found while its value is typed", () => {
    expect(at("pump project:|")).toEqual({ dash: "", key: "project", value: "", from: 5, to: 13 });
    expect(at("pump project:ga|rden hose")).toEqual({
      dash: "",
      key: "project",
      value: "ga",
      from: 5,
      to: 19,
    });
    expect(at("Model:op|")).toMatchObject({ key: "model", value: "op" });
    expect(at("-role:to|")).toEqual({ dash: "-", key: "role", value: "to", from: 0, to: 8 });
    expect(at("is:error has:|")).toMatchObject({ key: "has", value: "" });
  });

  it("is found in quotes, open or closed", () => {
    expect(at('project:"my ga|')).toEqual({ dash: "", key: "project", value: "my ga", from: 0, to: 14 });
    expect(at('project:"my garden"| x')).toMatchObject({ value: "my garden", to: 19 });
    expect(at('colour:"my tool:B|')).toMatchObject({ key: "tool", value: "B", from: 11 });
    expect(at('project:"my garden" tool:B|')).toMatchObject({ key: "tool", value: "B", from: 20 });
  });

  it("is none in a word, in words in quotes, before the colon, after a blank, and where no value is known", () => {
    for (const none of [
      "pro|ject:x",
      "|project:x",
      "project:x |",
      "pump|",
      "|",
      '"about project:x|"',
      "--role:us|",
      "http://a|",
      "file:src|",
      "session:1|",
      "xrole:u|",
      "x:role:u|",
      'file:"a tool:B|',
    ]) {
      expect(at(none), none).toBeNull();
    }
  });
});

describe("suggestions", () => {
  const all: Suggestion[] = ["tail-fixer", "api-docs", "docs", "my garden"].map((value) => ({
    value,
    note: "",
  }));
  const values = (typed: string, most = 8) => fitting(all, typed, most).map(({ value }) => value);

  it("have what was typed, at their beginning first", () => {
    expect(values("")).toEqual(["tail-fixer", "api-docs", "docs", "my garden"]);
    expect(values("DOC")).toEqual(["docs", "api-docs"]);
    expect(values("zz")).toEqual([]);
    expect(values("", 2)).toHaveLength(2);
  });

  it("do not repeat what stands there", () => {
    expect(values("my garden")).toEqual([]);
    expect(values("docs")).toEqual(["docs", "api-docs"]);
  });

  it("take the place of what was typed, in quotes where they have blanks", () => {
    const take = (marked: string, value: string) => {
      const query = marked.replace("|", "");
      const { query: after, caret } = accepted(query, filterAt(query, marked.indexOf("|"))!, value);
      return `${after.slice(0, caret)}|${after.slice(caret)}`;
    };
    expect(take("pump project:ga|", "my garden")).toBe('pump project:"my garden" |');
    expect(take("-role:u|s pump", "user")).toBe("-role:user| pump");
    expect(take('project:"my ga| pump', "x")).toBe("project:x |");
  });

  it("are the words that Rust knows", () => {
    const known = (name: string) => {
      const body = new RegExp(`    ${name} \\{([^}]*)\\}`).exec(filters)![1]!;
      return [...body.matchAll(/= "(\w+)"/g)].map((found) => found[1]);
    };
    const ours = (key: string) => fixedFor(key)?.map(({ value }) => value);
    expect(ours("role")).toEqual(known("Speaker"));
    expect(ours("is")).toEqual(known("Kind"));
    expect(ours("has")).toEqual(known("Content"));
    expect(ours("project")).toBeUndefined();
  });
});
