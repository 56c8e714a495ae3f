// Conversations for a window without the app: those recorded from it, and plain ones made of a few words.

import type { Block, Card, Layout, Places, Row, SessionRow } from "./bindings";

/** A message of a recording that has words only. */
export type Told = {
  id: string;
  role: string;
  at: string | null;
  model: string | null;
  parts: {
    kind: string;
    text?: string;
    tool?: string;
    summary?: string;
    name?: string | null;
    /** The picture, where it is one. */ url?: string;
  }[];
};

export type Recorded = { layout: Layout; cards: Card[]; pictures: Record<string, string> };

const recordings = import.meta.glob<Recorded>("../../../tests/fixtures/conversations/*.json", {
  import: "default",
});

const roles: Record<string, string> = { user: "prompt", tool: "tool_result" };

/** The conversation of a session; `told` is what it says where none was recorded. `moved` brings times to today. */
export async function recorded(
  session: SessionRow,
  told: Told[],
  moved: (value: unknown) => unknown,
): Promise<Recorded> {
  const name = session.id.replace(/^agent-/, "");
  const read = await recordings[`../../../tests/fixtures/conversations/${name}.json`]?.();
  const found = read && (moved(read) as Recorded);
  if (found)
    return { ...found, layout: { ...found.layout, session: { ...found.layout.session, ...session } } };
  const none = { input: 0, output: 0, cache_creation: 0, cache_read: 0 };
  return {
    layout: {
      session,
      lineage: { started_by: null, relatives: [], subagents: [] },
      tokens: none,
      is_pinned: false,
      rows: told.map(rowOf),
    },
    cards: told.map(cardOf),
    pictures: Object.fromEntries(
      told.flatMap(({ id, parts }) =>
        parts.flatMap(({ url }, number) => (url === undefined ? [] : [[`${id}/${number}`, url]])),
      ),
    ),
  };
}

function rowOf({ id, role, at, parts }: Told): Row {
  const text = parts.map((part) => part.text ?? "").join("\n");
  const title = text.replace(/\s+/g, " ").slice(0, 120);
  const own = roles[role] ?? role;
  const bytes = text.length;
  return {
    id,
    role: own,
    at,
    lines: Math.ceil(bytes / 90) + 1,
    bytes,
    says: true,
    ...(own === "prompt" ? { title } : {}),
    ...(parts.some((part) => part.url !== undefined) ? { attaches: true } : {}),
  };
}

function cardOf({ id, model, parts }: Told): Card {
  const blocks = parts.map((part, number): Block => {
    if (part.url !== undefined) {
      const name = part.name ?? null;
      const bytes = part.url.length;
      return {
        kind: "attachment",
        what: "image",
        message: id,
        number,
        name,
        mime: "image/png",
        bytes,
        is_picture: true,
      };
    }
    const text = part.text ?? part.name ?? "";
    const shown = text.slice(0, 20_000);
    const length = shown.length < text.length ? { lines: text.split("\n").length, bytes: text.length } : null;
    const escaped = shown.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    const html = `<div class="prose" dir="auto"><p class="raw">${escaped}</p></div>`;
    return { kind: part.kind === "thinking" ? "thinking" : "said", html, length };
  });
  return { id, model, blocks };
}

/** Where words stand, as the app would find them. */
export function placesIn({ layout, cards }: Recorded, text: string): Places {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "" && !/^\w+:/.test(word))
    .map((word) => word.replace(/["*]/g, ""));
  const holds = (card: Card) => {
    const all = JSON.stringify(card)
      .toLowerCase()
      .replace(/<[^>]*>/g, "");
    return words.length > 0 && words.every((word) => all.includes(word));
  };
  const messages = cards.filter(holds).map((card) => card.id);
  return { words, messages: layout.rows.map((row) => row.id).filter((id) => messages.includes(id)) };
}
