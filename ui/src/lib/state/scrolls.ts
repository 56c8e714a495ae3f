// Scrolling, heard only of what is on the screen.

import type { Attachment } from "svelte/attachments";
import { on } from "svelte/events";

/** A browser reports a scroll with the next frame, and by then the reader may have left for another screen. */
export function scrolls(hear: (element: HTMLElement) => void): Attachment<HTMLElement> {
  return (element) => on(element, "scroll", () => hear(element));
}
