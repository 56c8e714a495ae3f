import { afterEach, expect, it, vi } from "vitest";
import type { Facets } from "../host/bindings";
import { count, countAside } from "./facets";

// The app: a newer count ends the one before it.
type Asked = { query: string; answer: () => void; fail: () => void };
const asked: Asked[] = [];
let open: Asked | null = null;

vi.mock("../host/host", () => ({
  call: (_name: string, { query }: { query: string }) =>
    new Promise<Facets>((answer, fail) => {
      open?.fail();
      const own = {
        query,
        answer: () => {
          open = null;
          answer({ facets: [], counted: query.length, has_all: true });
        },
        fail: () => {
          open = null;
          fail({ code: "interrupted", message: query, remedy: null });
        },
      };
      open = own;
      asked.push(own);
    }),
}));

const queries = () => asked.map(({ query }) => query);
const settled = () => new Promise((resolve) => setTimeout(resolve));

afterEach(() => {
  asked.length = 0;
  open = null;
});

it("a count that helps waits for that of the search", async () => {
  const search = count("pump");
  const aside = countAside("pump hose");
  await settled();
  expect(queries()).toEqual(["pump"]);
  asked[0]!.answer();
  expect((await search).counted).toBe(4);
  await settled();
  expect(queries()).toEqual(["pump", "pump hose"]);
  asked[1]!.answer();
  expect((await aside).counted).toBe(9);
});

it("a count that helps begins anew where the search cut in", async () => {
  const aside = countAside("hose");
  await settled();
  const search = count("pump");
  await settled();
  expect(queries()).toEqual(["hose", "pump"]);
  asked[1]!.answer();
  await search;
  await settled();
  expect(queries()).toEqual(["hose", "pump", "hose"]);
  asked[2]!.answer();
  expect((await aside).counted).toBe(4);
});

it("a count that fails by itself, or for a newer one of its kind, has failed", async () => {
  const first = countAside("a");
  const second = countAside("b");
  await expect(first).rejects.toMatchObject({ message: "a" });
  asked[1]!.fail();
  await expect(second).rejects.toMatchObject({ message: "b" });
  expect(queries()).toEqual(["a", "b"]);
});
