// The settings: loaded once, applied at once, kept by the app.

import type { IpcError, Settings, SettingsPatch } from "../host/bindings";
import { call } from "../host/host";
import { attempt } from "./notice.svelte";

const SMALLEST = 80;
const LARGEST = 200;
const MORE = "(prefers-contrast: more)";

class SettingsState {
  current = $state.raw<Settings | null>(null);
  error = $state.raw<IpcError | null>(null);
  /** Someone asked for a check of the database on the way here. */
  wantsCheck = $state(false);

  async load(): Promise<void> {
    try {
      this.#take(await call("settings", null));
    } catch (error) {
      this.error = error as IpcError;
    }
  }

  get isMac(): boolean {
    return this.current?.platform.startsWith("mac") ?? false;
  }

  /** What people call an agent. */
  agentName(id: string): string {
    return this.current?.agents[id] ?? id;
  }

  async change(patch: SettingsPatch, done?: string): Promise<void> {
    // Looks change at once; what the app makes of it is what counts.
    if (this.current) this.#take({ ...this.current, ...patch });
    this.#takeOrReload(await attempt(call("change_settings", patch), done));
  }

  async setAutostart(on: boolean): Promise<void> {
    this.#takeOrReload(await attempt(call("set_autostart", { on })));
  }

  async addSource(): Promise<void> {
    this.#takeOrReload(await attempt(call("add_source", null)));
  }

  async removeSource(id: number): Promise<void> {
    this.#takeOrReload(await attempt(call("remove_source", { id })));
  }

  /** Text larger (1), smaller (-1), or as it was made (0). */
  zoom(direction: 1 | 0 | -1): void {
    const now = this.current?.text_size ?? 100;
    const size = direction === 0 ? 100 : now + direction * 10;
    const text_size = Math.min(LARGEST, Math.max(SMALLEST, size));
    if (text_size !== now) void this.change({ text_size });
  }

  #take(settings: Settings): void {
    this.current = settings;
    this.error = null;
    applyLook(settings);
  }

  #takeOrReload(settings: Settings | null): void {
    if (settings) this.#take(settings);
    else void this.load();
  }
}

export const settings = new SettingsState();

/** The smallest and largest text size, in percent. */
export const textSizes = { smallest: SMALLEST, largest: LARGEST };

let isContrastChosen = false;

function applyContrast(): void {
  const isMore = isContrastChosen || matchMedia(MORE).matches;
  document.documentElement.dataset.contrast = isMore ? "more" : "usual";
}

/** High contrast where it is chosen, and where the system asks for it. */
export function startContrast(): () => void {
  const query = matchMedia(MORE);
  applyContrast();
  query.addEventListener("change", applyContrast);
  return () => query.removeEventListener("change", applyContrast);
}

function applyLook({ theme, density, text_size }: Settings): void {
  const root = document.documentElement;
  root.dataset.theme = theme;
  isContrastChosen = theme === "contrast";
  applyContrast();
  root.dataset.density = density;
  root.style.fontSize = `${text_size}%`;
  // The panes depend on how much text fits, and nothing else announces a new size.
  window.dispatchEvent(new Event("resize"));
}
