// What the app knows, as fresh as it can be had. Commands are the truth; pushes are hints that may be lost.

import type { IpcError, Push, Snapshot } from "../host/bindings";
import { call, subscribe } from "../host/host";
import { go } from "./route.svelte";
import { isVisible, onVisibility } from "./visibility";

const POLL_MS = 5000;
/** So many polls in a row that knew more than the channel, and the channel is deaf. */
const DEAF_AFTER = 2;

export type Source = {
  snapshot(): Promise<Snapshot>;
  subscribe(onPush: (push: Push) => void): Promise<() => void>;
  unsubscribe(): void;
  go(route: string): void;
};

export class StatusFeed {
  snapshot = $state.raw<Snapshot | null>(null);
  error = $state.raw<IpcError | null>(null);

  #source: Source;
  #heard = -1;
  #behind = 0;
  #close: (() => void) | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isAwake = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Asks, listens and polls until `sleep`. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#timer = setInterval(() => void this.#poll(), POLL_MS);
    void this.refresh();
    if (!this.#close) void this.#listen();
  }

  /** Neither polls nor listens: the app measures nothing for a window that is not seen. */
  sleep(): void {
    if (!this.#isAwake) return;
    this.#isAwake = false;
    clearInterval(this.#timer);
    // What is under way still arrives: it may be where to go.
    this.#close = null;
    this.#source.unsubscribe();
  }

  /** Asks now. */
  async refresh(): Promise<Snapshot | null> {
    try {
      const snapshot = await this.#source.snapshot();
      this.error = null;
      this.#take(snapshot);
      return snapshot;
    } catch (error) {
      this.error = error as IpcError;
      return null;
    }
  }

  async #poll(): Promise<void> {
    const polled = await this.refresh();
    if (!polled) return;
    this.#behind = polled.seq > this.#heard ? this.#behind + 1 : 0;
    if (this.#behind >= DEAF_AFTER || !this.#close) await this.#listen();
  }

  async #listen(): Promise<void> {
    this.#close?.();
    this.#behind = 0;
    try {
      this.#close = await this.#source.subscribe((push) => this.#onPush(push));
    } catch {
      // The poll tries again.
      this.#close = null;
    }
  }

  #onPush(push: Push): void {
    if (push.kind === "go") return this.#source.go(push.route);
    this.#heard = Math.max(this.#heard, push.snapshot.seq);
    this.#behind = 0;
    if (this.#isAwake) this.#take(push.snapshot);
  }

  #take(snapshot: Snapshot): void {
    if (this.snapshot && snapshot.seq <= this.snapshot.seq) return;
    this.snapshot = snapshot;
    this.error = null;
  }
}

export const status = new StatusFeed({
  snapshot: () => call("status_snapshot", null),
  subscribe,
  unsubscribe: () => void call("status_unsubscribe", null).catch(() => undefined),
  go,
});

/** Keeps the status fresh while the window is seen. */
export function startStatus(): () => void {
  if (isVisible()) status.wake();
  const forget = onVisibility(
    () => status.wake(),
    () => status.sleep(),
  );
  const onFocus = () => void status.refresh();
  window.addEventListener("focus", onFocus);
  return () => {
    status.sleep();
    forget();
    window.removeEventListener("focus", onFocus);
  };
}
