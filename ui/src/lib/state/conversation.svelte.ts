// One conversation, page by page. Pages far from the reader are let go, so that a long one stays light.

import type { ConversationPage, From, IpcError, Message, SessionRow } from "../host/bindings";
import { call } from "../host/host";
import { conversation, type Conversation } from "../words/turns";

const PAGE = 200;
const KEPT = 3;

export class ConversationState {
  session = $state.raw<SessionRow | null>(null);
  error = $state.raw<IpcError | null>(null);
  isLoading = $state(false);

  #pages = $state.raw<ConversationPage[]>([]);
  #asked = 0;

  readonly shown: Conversation = $derived(
    conversation(this.#pages.flatMap((page): Message[] => page.messages)),
  );

  get hasPrevious(): boolean {
    return (this.#pages[0]?.previous ?? null) !== null;
  }

  get hasNext(): boolean {
    return (this.#pages.at(-1)?.next ?? null) !== null;
  }

  has(message: string): boolean {
    return this.shown.seenAt.has(message);
  }

  async open(session: string, from: From): Promise<void> {
    const page = await this.#ask(session, from);
    if (!page) return;
    this.session = page.session;
    this.#pages = [page];
  }

  async previous(): Promise<void> {
    const cursor = this.#pages[0]?.previous;
    if (!cursor || !this.session || this.isLoading) return;
    const page = await this.#ask(this.session.id, { kind: "cursor", cursor });
    if (page) this.#pages = [page, ...this.#pages].slice(0, KEPT);
  }

  async next(): Promise<void> {
    const cursor = this.#pages.at(-1)?.next;
    if (!cursor || !this.session || this.isLoading) return;
    const page = await this.#ask(this.session.id, { kind: "cursor", cursor });
    if (page) this.#pages = [...this.#pages, page].slice(-KEPT);
  }

  async #ask(session: string, from: From): Promise<ConversationPage | null> {
    const asked = ++this.#asked;
    this.isLoading = true;
    this.error = null;
    try {
      const page = await call("conversation", { session, from, limit: PAGE });
      return asked === this.#asked ? page : null;
    } catch (error) {
      if (asked === this.#asked) this.error = error as IpcError;
      return null;
    } finally {
      if (asked === this.#asked) this.isLoading = false;
    }
  }
}
