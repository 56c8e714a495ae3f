// From a key pressed to the thing it does.

import { browse } from "./browse.svelte";
import { KeyReader, type Deed } from "./keys";
import { askReader } from "./reading.svelte";
import { back, go, route, sessionHash } from "./route.svelte";
import { edgeRow, movePane, moveRow, openRow } from "./rows";
import { settings } from "./settings.svelte";

/** Listens to the keyboard. `listKeys` shows what the keys do. */
export function startKeyboard(listKeys: () => void): () => void {
  const reader = new KeyReader();

  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || isElsewhere()) return;
    const pressed = {
      key: event.key,
      hasMod: event.ctrlKey || event.metaKey,
      hasAlt: event.altKey,
      at: event.timeStamp,
    };
    // Some people speak to their computer, and every word would be keys.
    const hasLetters = settings.current?.letter_keys ?? true;
    const deed = reader.read(pressed, isTyping(event), hasLetters);
    if (deed && carryOut(deed, event, listKeys)) event.preventDefault();
  };

  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

/** An open dialog, menu or popover has the keys to itself. */
function isElsewhere(): boolean {
  if (document.querySelector("dialog[open]")) return true;
  try {
    return document.querySelector(":popover-open") !== null;
  } catch {
    // No native popovers here; the focus tells.
    return document.activeElement?.closest("[role=menu]") != null;
  }
}

function isTyping(event: KeyboardEvent): boolean {
  const at = event.target;
  if (at instanceof HTMLInputElement) return at.type !== "checkbox" && at.type !== "radio";
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}

/** Whether anything was done. */
function carryOut(deed: Deed, event: KeyboardEvent, listKeys: () => void): boolean {
  switch (deed) {
    case "go_status":
      go({ screen: "status" });
      return true;
    case "go_browse":
      go({ screen: "browse", project: null });
      return true;
    case "go_search":
      go({ screen: "search", query: "" });
      return true;
    case "go_sql":
      go({ screen: "sql", search: "" });
      return true;
    case "go_settings":
      go({ screen: "settings" });
      return true;
    case "focus_search":
      // In a list the key filters it, wherever a conversation is open beside it.
      if (isInRows() || !askReader("find")) focusSearch();
      return true;
    case "next_row":
    case "previous_row":
      // Arrows on a radio button or an open details belong to it.
      if (event.target instanceof HTMLInputElement) return false;
      return moveRow(deed === "next_row" ? 1 : -1);
    case "first_row":
    case "last_row":
      return askReader(deed) || edgeRow(deed === "first_row" ? "first" : "last");
    case "pane_left":
      return movePane(-1);
    case "pane_right":
      return movePane(1);
    case "next_session":
    case "previous_session":
      return toNeighbour(deed === "next_session" ? 1 : -1);
    case "next_turn":
    case "previous_turn":
    case "next_error":
    case "previous_error":
    case "next_hit":
    case "previous_hit":
    case "find":
    case "show_tools":
    case "show_thinking":
    case "fold":
    case "fold_all":
    case "copy_link":
    case "copy_resume":
      return askReader(deed);
    case "open":
      // Enter on a link or a button is the system's own.
      return event.key !== "Enter" && openRow();
    case "back":
      return stepBack(event);
    case "list_keys":
      listKeys();
      return true;
    case "larger":
      settings.zoom(1);
      return true;
    case "smaller":
      settings.zoom(-1);
      return true;
    case "usual_size":
      settings.zoom(0);
      return true;
  }
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>("input[data-main-field]");
  if (!field) return go({ screen: "search", query: "" });
  field.focus();
  field.select();
}

function toNeighbour(step: 1 | -1): boolean {
  const here = route.current;
  const id = here.screen === "session" ? browse.neighbour(here.id, step) : null;
  if (id !== null) go(sessionHash(id));
  return id !== null;
}

function isInRows(): boolean {
  return document.activeElement?.closest("[data-rows]") != null;
}

function stepBack(event: KeyboardEvent): boolean {
  const field = event.target;
  if (field instanceof HTMLInputElement && isTyping(event)) {
    if (field.value === "") field.blur();
    else {
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    return true;
  }
  if (askReader("back")) return true;
  const here = route.current;
  if (here.screen === "session") back({ screen: "browse", project: browse.project });
  else if (here.screen !== "status") back({ screen: "status" });
  else return false;
  return true;
}
