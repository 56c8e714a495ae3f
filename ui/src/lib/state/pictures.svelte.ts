// Pictures that stand in messages, and the one of a conversation that is enlarged.

import type { Block } from "../host/bindings";
import { call } from "../host/host";
import type { ConversationState } from "./conversation.svelte";

export type Attachment = Extract<Block, { kind: "attachment" }>;

/** The address of a picture, or null where it cannot be had. */
export async function picture(message: string, number: number): Promise<string | null> {
  try {
    return (await call("picture", { message, number })).url;
  } catch {
    return null;
  }
}

export class PicturesState {
  /** The one enlarged; null when none is. */
  shown = $state.raw<Attachment | null>(null);
  /** Its address; null where it cannot be had. */
  url = $state.raw<string | null>(null);
  /** All of the conversation, in order; only the one shown, until the others are known. */
  all = $state.raw<Attachment[]>([]);
  /** Which of them is shown. */
  at = $state(0);

  #asked = 0;

  constructor(private talk: ConversationState) {}

  async open(block: Attachment, url: string): Promise<void> {
    const asked = ++this.#asked;
    [this.shown, this.url, this.all, this.at] = [block, url, [block], 0];
    const all = await this.talk.pictures();
    if (asked !== this.#asked) return;
    const at = all.findIndex((each) => each.message === block.message && each.number === block.number);
    if (at >= 0) [this.all, this.at] = [all, at];
  }

  /** To the next (1) or previous (-1) one; nowhere beyond the last and the first. */
  async step(by: 1 | -1): Promise<void> {
    const next = this.all[this.at + by];
    if (!next) return;
    const asked = ++this.#asked;
    this.at += by;
    const url = await picture(next.message, next.number);
    // What was shown stays until its successor is there.
    if (asked === this.#asked) [this.shown, this.url] = [next, url];
  }

  close(): void {
    this.#asked += 1;
    this.shown = null;
  }
}
