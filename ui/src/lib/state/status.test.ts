import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Push, Snapshot } from "../host/bindings";
import { StatusFeed } from "./status.svelte";

const at = (seq: number) => ({ seq }) as Snapshot;

/** An app that says what it is told to say. */
class App {
  seq = 1;
  isGone = false;
  unsubscribed = 0;
  channels: ((push: Push) => void)[] = [];
  went: string[] = [];
  feed = new StatusFeed({
    snapshot: async () => {
      if (this.isGone) throw { code: "gone", message: "gone", remedy: null };
      return at(this.seq);
    },
    subscribe: async (onPush) => {
      const index = this.channels.push(onPush) - 1;
      return () => (this.channels[index] = () => undefined);
    },
    unsubscribe: () => (this.unsubscribed += 1),
    go: (route) => this.went.push(route),
  });

  push(seq: number) {
    this.channels.at(-1)?.({ kind: "status", snapshot: at(seq) });
  }
}

let app: App;

beforeEach(async () => {
  vi.useFakeTimers();
  app = new App();
  app.feed.wake();
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  app.feed.sleep();
  vi.useRealTimers();
});

test("asks and listens at once", () => {
  expect(app.feed.snapshot?.seq).toBe(1);
  expect(app.channels).toHaveLength(1);
});

test("what is older than what is known is dropped", () => {
  app.push(5);
  app.push(4);
  app.push(5);
  expect(app.feed.snapshot?.seq).toBe(5);
});

test("an old answer to a poll does not undo a push", async () => {
  app.push(9);
  await vi.advanceTimersByTimeAsync(5000);
  expect(app.feed.snapshot?.seq).toBe(9);
});

test("listens anew when the poll is twice ahead of the channel", async () => {
  app.push(1);
  app.seq = 2;
  await vi.advanceTimersByTimeAsync(5000);
  expect(app.channels).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5000);
  expect(app.channels).toHaveLength(2);
  expect(app.feed.snapshot?.seq).toBe(2);
});

test("a channel that speaks is left alone", async () => {
  for (let round = 2; round < 12; round += 1) {
    app.seq = round;
    app.push(round);
    await vi.advanceTimersByTimeAsync(5000);
  }
  expect(app.channels).toHaveLength(1);
});

test("asleep it neither polls nor listens, but goes where it was sent; awake it listens anew", async () => {
  app.feed.sleep();
  expect(app.unsubscribed).toBe(1);
  app.seq = 7;
  await vi.advanceTimersByTimeAsync(60_000);
  app.push(8);
  expect(app.feed.snapshot?.seq).toBe(1);
  app.channels[0]?.({ kind: "go", route: "#/session/x" });
  expect(app.went).toEqual(["#/session/x"]);
  app.feed.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(app.feed.snapshot?.seq).toBe(7);
  expect(app.channels).toHaveLength(2);
});

test("says when nobody answers, and forgets it when somebody does", async () => {
  app.isGone = true;
  await vi.advanceTimersByTimeAsync(5000);
  expect(app.feed.error?.code).toBe("gone");
  app.isGone = false;
  await vi.advanceTimersByTimeAsync(5000);
  expect(app.feed.error).toBeNull();
});
