// The one short message at the foot of the window.

import type { IpcError } from "../host/bindings";
import { sentence } from "../words/plain";

export type Notice = { text: string; remedy: string | null; isProblem: boolean };

const GONE_AFTER_MS = 6000;

let current = $state.raw<Notice | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export const notice = {
  get current() {
    return current;
  },
};

export function say(text: string): void {
  show({ text, remedy: null, isProblem: false });
  timer = setTimeout(dismiss, GONE_AFTER_MS);
}

/** What went wrong stays until it is read. */
export function complain(error: IpcError): void {
  show({ text: sentence(error.message), remedy: error.remedy && sentence(error.remedy), isProblem: true });
}

export function dismiss(): void {
  clearTimeout(timer);
  current = null;
}

function show(next: Notice): void {
  clearTimeout(timer);
  current = next;
}

/** Does it; says `done` if it worked and why not if it did not. */
export async function attempt<T>(work: Promise<T>, done?: string): Promise<T | null> {
  try {
    const answer = await work;
    if (done) say(done);
    return answer;
  } catch (error) {
    complain(error as IpcError);
    return null;
  }
}
