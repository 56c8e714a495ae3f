// The one map of keys. It drives what a key does and what the list of keys says.

export type Deed =
  | "go_status"
  | "go_browse"
  | "go_search"
  | "go_sql"
  | "go_settings"
  | "focus_search"
  | "next_row"
  | "previous_row"
  | "first_row"
  | "last_row"
  | "pane_left"
  | "pane_right"
  | "next_session"
  | "previous_session"
  | "next_turn"
  | "previous_turn"
  | "next_error"
  | "previous_error"
  | "next_hit"
  | "previous_hit"
  | "find"
  | "show_tools"
  | "show_thinking"
  | "fold"
  | "fold_all"
  | "copy_link"
  | "copy_resume"
  | "pin"
  | "open_palette"
  | "open"
  | "back"
  | "list_keys"
  | "larger"
  | "smaller"
  | "usual_size";

export type Binding = { keys: string[]; deed: Deed; says: string };

/** `Mod` is Command on a Mac and Control elsewhere; two keys with a space are pressed one after the other. */
export const bindings: Binding[] = [
  { keys: ["Mod+k"], deed: "open_palette", says: "Go to anything, do anything" },
  { keys: ["g s"], deed: "go_status", says: "Status" },
  { keys: ["g b"], deed: "go_browse", says: "Browse" },
  { keys: ["g f"], deed: "go_search", says: "Search" },
  { keys: ["g q"], deed: "go_sql", says: "SQL" },
  { keys: ["Mod+,"], deed: "go_settings", says: "Settings" },
  { keys: ["/"], deed: "focus_search", says: "Search, filter the list, or find in a conversation" },
  { keys: ["Mod+f"], deed: "find", says: "Find in a conversation" },
  { keys: ["j", "ArrowDown"], deed: "next_row", says: "Next row" },
  { keys: ["k", "ArrowUp"], deed: "previous_row", says: "Previous row" },
  { keys: ["g g", "Home"], deed: "first_row", says: "First row" },
  { keys: ["G", "End"], deed: "last_row", says: "Last row" },
  { keys: ["h"], deed: "pane_left", says: "Pane to the left" },
  { keys: ["l"], deed: "pane_right", says: "Pane to the right" },
  { keys: ["Enter", "o"], deed: "open", says: "Open" },
  { keys: ["]"], deed: "next_session", says: "Next session" },
  { keys: ["["], deed: "previous_session", says: "Previous session" },
  { keys: ["u"], deed: "next_turn", says: "Next thing you said" },
  { keys: ["U"], deed: "previous_turn", says: "Previous thing you said" },
  { keys: ["e"], deed: "next_error", says: "Next error" },
  { keys: ["E"], deed: "previous_error", says: "Previous error" },
  { keys: ["n"], deed: "next_hit", says: "Next place found" },
  { keys: ["N"], deed: "previous_hit", says: "Previous place found" },
  { keys: ["t"], deed: "show_tools", says: "Show or hide tools" },
  { keys: ["T"], deed: "show_thinking", says: "Show or hide thinking" },
  { keys: ["x"], deed: "fold", says: "Fold or unfold the message" },
  { keys: ["X"], deed: "fold_all", says: "Fold or unfold all" },
  { keys: ["y"], deed: "copy_link", says: "Copy a link to the message" },
  { keys: ["Y"], deed: "copy_resume", says: "Copy the command that resumes the session" },
  { keys: ["p"], deed: "pin", says: "Pin the session, or no longer" },
  { keys: ["Escape"], deed: "back", says: "One step back" },
  { keys: ["Mod++", "Mod+="], deed: "larger", says: "Larger text" },
  { keys: ["Mod+-"], deed: "smaller", says: "Smaller text" },
  { keys: ["Mod+0"], deed: "usual_size", says: "Usual text size" },
  { keys: ["?"], deed: "list_keys", says: "List of keys" },
];

export type Pressed = { key: string; hasMod: boolean; hasAlt: boolean; at: number };

const SEQUENCE_MS = 1200;

/** Turns presses into deeds; remembers the first half of a two-key one. */
export class KeyReader {
  #first: { key: string; at: number } | null = null;

  /** `isTyping`: in a field, where only keys with Mod and Escape mean anything to us. */
  read(pressed: Pressed, isTyping: boolean, hasLetters: boolean): Deed | null {
    const { key, hasMod, hasAlt, at } = pressed;
    const first = this.#first && at - this.#first.at <= SEQUENCE_MS ? this.#first.key : null;
    this.#first = null;
    if (hasAlt) return null;
    if (hasMod) return deedOf(`Mod+${key}`);
    if (isTyping) return key === "Escape" ? "back" : null;
    if (key.length === 1 && !hasLetters) return null;
    if (first) return deedOf(`${first} ${key}`);
    if (bindings.some((binding) => binding.keys.some((keys) => keys.startsWith(`${key} `)))) {
      this.#first = { key, at };
      return null;
    }
    return deedOf(key);
  }
}

function deedOf(keys: string): Deed | null {
  return bindings.find((binding) => binding.keys.includes(keys))?.deed ?? null;
}

const signs: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  Escape: "Esc",
};

export function bindingOf(deed: Deed): Binding {
  return bindings.find((binding) => binding.deed === deed)!;
}

/** `Ctrl + ,` or `⌘ + ,`: one list of key caps per way to press it. */
export function caps(binding: Binding, isMac: boolean): string[][] {
  return binding.keys
    .filter((keys) => keys !== "Mod+=")
    .map((keys) => {
      const parts = keys.startsWith("Mod+")
        ? [isMac ? "⌘" : "Ctrl", keys.slice(4).toUpperCase()]
        : keys.split(" ");
      return parts.map((part) => signs[part] ?? part);
    });
}
