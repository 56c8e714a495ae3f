// One conversation: laid out at once, its cards fetched as they come into view, and let go again.

import { SvelteMap } from "svelte/reactivity";

import type { Block, Card, First, IpcError, Layout, Row } from "../host/bindings";
import { call } from "../host/host";
import { placesOf, textOf } from "../words/reading";
import type { Attachment } from "./pictures.svelte";

/** Cards asked for at a time, and cards kept. */
const BATCH = 40;
const KEPT = 600;

export class ConversationState {
  readonly id: string;
  layout = $state.raw<Layout | null>(null);
  error = $state.raw<IpcError | null>(null);
  isLoading = $state(false);
  /** Cards by message, the one longest unseen first. */
  readonly cards = new SvelteMap<string, Card>();
  /** What was folded or unfolded by hand, by message and number of the block. */
  readonly folds = new SvelteMap<string, boolean>();

  readonly rows: Row[] = $derived(this.layout?.rows ?? []);
  /** Where each message is shown. */
  readonly places: Map<string, string> = $derived(placesOf(this.rows));

  #wanted = new Set<string>();
  #asked = new Set<string>();

  constructor(id: string) {
    this.id = id;
  }

  /** Lays it out, or out anew; with the cards of what is looked at first. */
  async load(first: First | null = null): Promise<void> {
    this.isLoading = true;
    try {
      const { layout, cards } = await call("open_session", { session: this.id, first });
      for (const card of cards) this.cards.set(card.id, card);
      const sizes = new Map(this.rows.map((row) => [row.id, row.bytes]));
      // An answer came in: the card is drawn anew.
      for (const row of layout.rows) {
        if (sizes.has(row.id) && sizes.get(row.id) !== row.bytes && this.cards.has(row.id))
          this.#ask([row.id]);
      }
      this.layout = layout;
      this.error = null;
    } catch (error) {
      this.error = error as IpcError;
    } finally {
      this.isLoading = false;
    }
  }

  /** A card is seen, or soon will be, until what is returned is called: who flies past asks for nothing. */
  want(id: string): () => void {
    if (!this.cards.has(id) && !this.#asked.has(id)) {
      if (this.#wanted.size === 0) setTimeout(() => this.#askForWanted());
      this.#wanted.add(id);
    }
    return () => this.#wanted.delete(id);
  }

  #askForWanted(): void {
    const ids = [...this.#wanted];
    this.#wanted.clear();
    for (let at = 0; at < ids.length; at += BATCH) void this.#ask(ids.slice(at, at + BATCH));
  }

  async #ask(ids: string[]): Promise<void> {
    ids.forEach((id) => this.#asked.add(id));
    try {
      const cards = await call("cards", { session: this.id, ids });
      for (const card of cards) this.cards.set(card.id, card);
      const spare = this.cards.size - KEPT;
      if (spare > 0) [...this.cards.keys()].slice(0, spare).forEach((id) => this.cards.delete(id));
    } catch (error) {
      this.error = error as IpcError;
    } finally {
      ids.forEach((id) => this.#asked.delete(id));
    }
  }

  /** Fetches the cards of these rows that are not there. */
  async ensure(ids: string[]): Promise<void> {
    const missing = ids.filter((id) => !this.cards.has(id));
    if (missing.length > 0) await this.#ask(missing);
  }

  /** The pictures in it, in order. Cards that are not there are fetched for this alone. */
  async pictures(): Promise<Attachment[]> {
    const ids = this.rows.flatMap((row) => (row.attaches ? [row.id] : []));
    const known = new Map(this.cards);
    const missing = ids.filter((id) => !known.has(id));
    try {
      for (let at = 0; at < missing.length; at += BATCH) {
        const cards = await call("cards", { session: this.id, ids: missing.slice(at, at + BATCH) });
        for (const card of cards) known.set(card.id, card);
      }
    } catch {
      // Then it is those that are known.
    }
    const blocks = ids.flatMap((id) => known.get(id)?.blocks ?? []);
    return blocks.filter((block) => block.kind === "attachment" && block.is_picture) as Attachment[];
  }

  isOpen(id: string, at: number, otherwise: boolean): boolean {
    return this.folds.get(`${id}/${at}`) ?? otherwise;
  }

  fold(id: string, at: number, isOpen: boolean): void {
    this.folds.set(`${id}/${at}`, isOpen);
  }

  /** All of a block of which only a part is there. */
  async whole(id: string, at: number): Promise<void> {
    const block = await call("whole_block", { session: this.id, message: id, number: at });
    const card = this.cards.get(id);
    if (card) this.cards.set(id, { ...card, blocks: card.blocks.map((old, n) => (n === at ? block : old)) });
  }

  /** Unfolds what holds one of the words, and fetches what was cut if only that can hold them. */
  async unfold(id: string, words: string[]): Promise<void> {
    const holds = (block: Block) =>
      "html" in block && words.some((word) => textOf(`${block.html} ${titleOf(block)}`).includes(word));
    await this.ensure([id]);
    const card = this.cards.get(id);
    if (!card) return;
    if (!card.blocks.some(holds)) {
      for (const [at, block] of card.blocks.entries()) {
        if ("length" in block && block.length) await this.whole(id, at);
      }
    }
    this.cards.get(id)?.blocks.forEach((block, at) => {
      if (holds(block)) this.fold(id, at, true);
    });
  }
}

function titleOf(block: Block): string {
  return block.kind === "call" || block.kind === "injected" ? block.title : "";
}
