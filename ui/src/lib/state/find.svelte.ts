// Words in one conversation: which messages hold them, and the place the reader is at.

import type { IpcError } from "../host/bindings";
import { call } from "../host/host";
import type { ConversationState } from "./conversation.svelte";
import { paint, rangesIn, unpaint } from "./highlight";
import { complain } from "./notice.svelte";

const WAIT_MS = 180;

type Reveal = (id: string, words: string[]) => Promise<HTMLElement | null>;

export class FindState {
  isOpen = $state(false);
  text = $state("");
  isLooking = $state(false);
  hasLooked = $state(false);
  /** Rows that hold the words, in order. */
  ids = $state.raw<string[]>([]);
  /** Which of them the reader is at. */
  at = $state(0);

  #words: string[] = [];
  #place = 0;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watcher: MutationObserver | null = null;
  #frame = 0;

  constructor(
    private talk: ConversationState,
    private root: () => HTMLElement,
    private reveal: Reveal,
  ) {}

  type(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(text, null), WAIT_MS);
  }

  /** Looks for words and goes to `near`, or else to the first message that holds them. */
  async look(text: string, near: string | null): Promise<void> {
    this.text = text;
    const asked = ++this.#asked;
    this.isLooking = true;
    try {
      const found = await call("find", { session: this.talk.id, text });
      if (asked !== this.#asked) return;
      const order = new Map(this.talk.rows.map((row, index) => [row.id, index]));
      const rows = new Set(
        found.messages.map((id) => this.talk.places.get(id)).filter((id) => id !== undefined),
      );
      this.ids = [...rows].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
      this.#words = found.words;
      this.hasLooked = text.trim() !== "";
      this.isLooking = false;
      const wanted = near === null ? -1 : this.ids.indexOf(this.talk.places.get(near) ?? "");
      this.at = Math.max(0, wanted);
      this.#place = 0;
      this.#watch();
      if (this.ids.length > 0) await this.#show();
      else this.#paint();
    } catch (error) {
      if (asked !== this.#asked) return;
      this.isLooking = false;
      complain(error as IpcError);
    }
  }

  /** To the next (1) or previous (-1) place, round and round. */
  async step(by: 1 | -1): Promise<void> {
    if (this.ids.length === 0) return;
    const places = this.#rangesHere().length;
    this.#place += by;
    if (this.#place < 0 || this.#place >= places) {
      this.at = (this.at + by + this.ids.length) % this.ids.length;
      this.#place = by > 0 ? 0 : -1;
    }
    await this.#show();
  }

  close(): void {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#asked += 1;
    this.#watcher?.disconnect();
    this.#watcher = null;
    unpaint(this.root());
    this.isOpen = false;
    this.hasLooked = false;
    this.isLooking = false;
    this.ids = [];
    this.#words = [];
  }

  #rangesHere(): Range[] {
    const card = document.getElementById(`m-${this.ids[this.at] ?? ""}`);
    return card ? rangesIn(card, this.#words) : [];
  }

  async #show(): Promise<void> {
    const id = this.ids[this.at];
    if (id === undefined) return;
    const asked = this.#asked;
    await this.reveal(id, this.#words);
    if (asked !== this.#asked) return;
    let ranges = this.#rangesHere();
    if (this.#place < 0) this.#place = Math.max(0, ranges.length - 1);
    const here = ranges[this.#place];
    // What is folded within our own HTML opens too.
    let fold = here?.startContainer.parentElement?.closest("details:not([open])");
    while (fold) {
      (fold as HTMLDetailsElement).open = true;
      fold = fold.parentElement?.closest("details:not([open])");
    }
    ranges = this.#rangesHere();
    this.#paint();
    const box = ranges[this.#place]?.getBoundingClientRect();
    const root = this.root();
    const view = root.getBoundingClientRect();
    if (box && (box.top < view.top + 24 || box.bottom > view.bottom - 24)) {
      root.scrollTop += box.top - view.top - view.height / 3;
    }
  }

  /** What comes into view is marked too. */
  #watch(): void {
    this.#watcher?.disconnect();
    this.#watcher = new MutationObserver(() => {
      cancelAnimationFrame(this.#frame);
      this.#frame = requestAnimationFrame(() => this.#paint());
    });
    this.#watcher.observe(this.root(), { childList: true, subtree: true });
  }

  #paint(): void {
    const watcher = this.#watcher;
    watcher?.disconnect();
    const root = this.root();
    unpaint(root);
    const here = this.#rangesHere()[this.#place];
    const all = [...root.querySelectorAll("article")].flatMap((card) => rangesIn(card, this.#words));
    const isHere = (range: Range) =>
      range.startContainer === here?.startContainer && range.startOffset === here.startOffset;
    paint(all, all.find(isHere) ?? null);
    watcher?.observe(root, { childList: true, subtree: true });
  }
}
