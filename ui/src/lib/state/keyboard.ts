// From a key pressed to the thing it does.

import { browse } from "./browse.svelte";
import { KeyReader, type Deed } from "./keys";
import { askReader } from "./reading.svelte";
import { back, go, route, sessionHash } from "./route.svelte";
import { edgeRow, movePane, moveRow, openRow } from "./rows";
import { settings } from "./settings.svelte";
import { sheet } from "./sheet.svelte";

export function startKeyboard(): () => void {
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
    const deed = reader.read(pressed, isTyping(event.target), hasLetters);
    if (deed && !isTheirs(deed, event) && carryOut(deed)) event.preventDefault();
  };

  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

/** An open dialog, menu or popover has the keys to itself. */
function isElsewhere(): boolean {
  if (sheet.open || document.querySelector("dialog[open]")) return true;
  try {
    return document.querySelector(":popover-open") !== null;
  } catch {
    // No native popovers here; the focus tells.
    return document.activeElement?.closest("[role=menu]") != null;
  }
}

function isTyping(at: EventTarget | null): boolean {
  if (at instanceof HTMLInputElement) return at.type !== "checkbox" && at.type !== "radio";
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}

/** Arrows on a radio button, and Enter on a link or a button, are the system's own. */
function isTheirs(deed: Deed, event: KeyboardEvent): boolean {
  if (deed === "next_row" || deed === "previous_row") return event.target instanceof HTMLInputElement;
  return deed === "open" && event.key === "Enter";
}

/** Does it where the focus is; whether anything was done. */
export function carryOut(deed: Deed): boolean {
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
    case "pin":
      return askReader(deed);
    case "open":
      return openRow();
    case "back":
      return stepBack();
    case "list_keys":
      sheet.open = "keys";
      return true;
    case "open_palette":
      sheet.open = "palette";
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

function stepBack(): boolean {
  const field = document.activeElement;
  if (field instanceof HTMLInputElement && isTyping(field)) {
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
