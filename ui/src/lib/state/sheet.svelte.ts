// What lies over the window: the list of keys, or the palette.

export type Sheet = "keys" | "palette";

let open = $state<Sheet | null>(null);

export const sheet = {
  get open() {
    return open;
  },
  set open(next: Sheet | null) {
    open = next;
  },
};
