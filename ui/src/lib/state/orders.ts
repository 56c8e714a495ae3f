// What a button asks of the app, with the words for when it is done.

import type { CopyForm, ExportFormat, Place, With } from "../host/bindings";
import { call } from "../host/host";
import type { Act } from "../words/remedies";
import { attempt, say } from "./notice.svelte";
import { go } from "./route.svelte";
import { settings } from "./settings.svelte";
import { status } from "./status.svelte";

export type HowLong = "half_hour" | "hour" | "tomorrow" | "forever";

async function andLook<T>(work: Promise<T>, done?: string): Promise<T | null> {
  const answer = await attempt(work, done);
  await status.refresh();
  return answer;
}

export const pauses: { label: string; how_long: HowLong }[] = [
  { label: "For 30 minutes", how_long: "half_hour" },
  { label: "For 1 hour", how_long: "hour" },
  { label: "Until tomorrow", how_long: "tomorrow" },
  { label: "Until I resume", how_long: "forever" },
];

export const pause = (how_long: HowLong) => andLook(call("pause", { how_long }));
export const resume = () => andLook(call("resume", null));
export const rescan = () => andLook(call("rescan", null), "Everything was looked at.");
export const begin = (autostart: boolean) => andLook(call("begin", { autostart }));

export const restartEngine = () => andLook(call("restart_engine", null), "The engine begins anew.");

export const reveal = (what: Place) => attempt(call("reveal", { what }));
export const check = () => attempt(call("check", null));
export const backUp = () => attempt(call("back_up", null));
export const quit = () => attempt(call("quit", null));

/** The first screen with data is painted: the app stops worrying about a blank window. */
export function sayReady(): void {
  call("ui_ready", null).catch(() => undefined);
}

export async function copy(text: string): Promise<void> {
  await attempt(call("copy", { text }), "Copied.");
}

const copied: Record<CopyForm, string> = {
  text: "The text is copied.",
  markdown: "The Markdown is copied.",
  link: "The link is copied.",
  raw: "The line is copied, with where it stands.",
};

export const copyMessage = (session: string, message: string, form: CopyForm) =>
  attempt(call("copy_message", { session, message, form }), copied[form]);

export async function copyResume(session: string): Promise<void> {
  const command = await attempt(call("copy_resume", { session }));
  if (command !== null) say(`Copied: ${command}`);
}

export const openFolder = (session: string, program: With) =>
  attempt(call("open_folder", { session, with: program }));
export const openLink = (url: string) => attempt(call("open_link", { url }));

export async function exportSession(session: string, format: ExportFormat): Promise<void> {
  const done = await attempt(call("export_session", { session, format }));
  if (!done) return;
  say(`Written to ${done.path}. ${done.note}`);
}

/** What can be asked for a session. */
export function sessionOrders(id: string): { label: string; choose: () => void }[] {
  return [
    { label: "Copy command to resume", choose: () => void copyResume(id) },
    { label: "Open the folder", choose: () => void openFolder(id, "files") },
    { label: "Open in the editor", choose: () => void openFolder(id, "editor") },
    { label: "Open a terminal here", choose: () => void openFolder(id, "terminal") },
    { label: "Export as Markdown…", choose: () => void exportSession(id, "markdown") },
    { label: "Export as a web page…", choose: () => void exportSession(id, "html") },
    { label: "Export as JSON…", choose: () => void exportSession(id, "json") },
    { label: "Export the original…", choose: () => void exportSession(id, "jsonl") },
  ];
}

export async function copyReport(): Promise<void> {
  const work = call("report", null).then((text) => call("copy", { text }));
  await attempt(work, "The report is copied. It holds no message text.");
}

/** Carries out a remedy. */
export async function act(what: Act): Promise<void> {
  switch (what.does) {
    case "rescan":
      return void (await rescan());
    case "poll":
      await settings.change({ polling: true }, "Changes are now noticed by looking every second.");
      return void (await status.refresh());
    case "reveal":
      return void (await reveal(what.what));
    case "restart_engine":
      return void (await restartEngine());
    case "check":
      settings.wantsCheck = true;
      return go({ screen: "settings" });
    case "add_source":
      await settings.addSource();
      return void (await status.refresh());
    case "copy_report":
      return copyReport();
    case "copy":
      return copy(what.text);
  }
}
