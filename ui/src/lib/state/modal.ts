// A dialog over everything else.

import type { Attachment } from "svelte/attachments";
import { on } from "svelte/events";

/** Shows a dialog over everything; `closed` hears when it is closed, for as long as it is there. */
export function modal(closed: () => void): Attachment<HTMLDialogElement> {
  return (dialog) => {
    dialog.showModal();
    return on(dialog, "close", closed);
  };
}
