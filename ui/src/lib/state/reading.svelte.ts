// What is shown of every conversation, remembered; and the conversation that keys speak to.

import type { View } from "../words/reading";
import type { Deed } from "./keys";

const KEPT = "reading-view";
const whole: View = { thinking: true, tools: true, added: true };

function remembered(): View {
  try {
    return { ...whole, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<View>) };
  } catch {
    return whole;
  }
}

let view = $state.raw<View>(remembered());
let isSideBySide = $state(false);

export const reading = {
  get view() {
    return view;
  },
  get isOnlyTalk() {
    return !view.thinking && !view.tools && !view.added;
  },
  show(change: Partial<View>) {
    view = { ...view, ...change };
    try {
      localStorage.setItem(KEPT, JSON.stringify(view));
    } catch {
      // Without storage it holds until the window is closed.
    }
  },
  /** Changes have what was beside what is: all of them, for as long as the window is open. */
  get isSideBySide() {
    return isSideBySide;
  },
  set isSideBySide(on: boolean) {
    isSideBySide = on;
  },
  onlyTalk(on: boolean) {
    this.show({ thinking: !on, tools: !on, added: !on });
  },
};

type Reader = (deed: Deed) => boolean;
let reader: Reader | null = null;

/** The conversation on screen hears what keys ask of it. The answer ends it. */
export function hearKeys(own: Reader): () => void {
  reader = own;
  return () => {
    if (reader === own) reader = null;
  };
}

/** Whether a conversation did it. */
export function askReader(deed: Deed): boolean {
  return reader?.(deed) ?? false;
}
