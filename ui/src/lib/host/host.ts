// The one door to the app. Nothing else in the window imports @tauri-apps.

import { Channel, invoke } from "@tauri-apps/api/core";

import type { Commands, IpcError, Push } from "./bindings";

export type Args<Name extends keyof Commands> = Commands[Name][0];
export type Answer<Name extends keyof Commands> = Commands[Name][1];

type Host = {
  invoke(name: string, args: unknown): Promise<unknown>;
  subscribe(onPush: (push: Push) => void): Promise<void>;
};

const app: Host = {
  invoke: (name, args) => invoke(name, args === null ? {} : { args }),
  subscribe: (onPush) => invoke("status_subscribe", { channel: new Channel<Push>(onPush) }),
};

let opened: Promise<Host> | undefined;

/** The app; in a plain browser the window answers itself, from recorded data. */
function host(): Promise<Host> {
  const isInApp = "__TAURI_INTERNALS__" in globalThis;
  opened ??= isInApp ? Promise.resolve(app) : import("./demo").then((demo) => demo.open());
  return opened;
}

/** Asks the app. Rejects with an `IpcError`, whatever went wrong. */
export async function call<Name extends keyof Commands>(name: Name, args: Args<Name>): Promise<Answer<Name>> {
  try {
    return (await (await host()).invoke(name, args)) as Answer<Name>;
  } catch (error) {
    throw asIpcError(error);
  }
}

/** Listens to what the app has to say; the answer ends it. */
export async function subscribe(onPush: (push: Push) => void): Promise<() => void> {
  // A replaced channel may still deliver what was under way.
  let isOpen = true;
  await (await host()).subscribe((push) => isOpen && onPush(push));
  return () => (isOpen = false);
}

function asIpcError(error: unknown): IpcError {
  if (typeof error === "object" && error !== null && "message" in error) {
    const { code, message, remedy } = error as Partial<IpcError>;
    return { code: code ?? "unknown", message: String(message), remedy: remedy ?? null };
  }
  return { code: "unknown", message: String(error), remedy: null };
}
