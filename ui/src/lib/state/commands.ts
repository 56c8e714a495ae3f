// What the palette can do: what keys do, and what buttons do, wherever they are.

import { isRunning } from "../words/states";
import { carryOut } from "./keyboard";
import { bindingOf, caps, type Deed } from "./keys";
import { say } from "./notice.svelte";
import { act, backUp, copyReport, pause, pauses, quit, rescan, resume, sessionOrders } from "./orders";
import { reading } from "./reading.svelte";
import { route } from "./route.svelte";
import { settings } from "./settings.svelte";
import { status } from "./status.svelte";

export type Command = { label: string; /** The keys that do the same. */ way?: string[]; choose: () => void };

const screens: Deed[] = ["go_status", "go_browse", "go_search", "go_sql", "go_settings"];
const always: Deed[] = ["larger", "smaller", "usual_size", "list_keys"];
const inConversation: Deed[] = [
  "find",
  "show_tools",
  "show_thinking",
  "fold_all",
  "pin",
  "next_session",
  "previous_session",
];
const themes = [
  { label: "Theme: as the system has it", theme: "system" },
  { label: "Theme: light", theme: "light" },
  { label: "Theme: dark", theme: "dark" },
  { label: "Theme: high contrast", theme: "contrast" },
] as const;

function byKey(deed: Deed): Command {
  const binding = bindingOf(deed);
  return { label: binding.says, way: caps(binding, settings.isMac)[0], choose: () => carryOut(deed) };
}

export const places = (): Command[] => screens.map(byKey);

/** What can be done now, what is nearest first. */
export function commands(): Command[] {
  return [...conversation(), ...syncing(), ...app()];
}

function conversation(): Command[] {
  const here = route.current;
  if (here.screen !== "session") return [];
  const talk = {
    label: reading.isOnlyTalk ? "Show everything" : "Show only the talk",
    choose: () => reading.onlyTalk(!reading.isOnlyTalk),
  };
  return [...inConversation.map(byKey), talk, ...sessionOrders(here.id)];
}

function syncing(): Command[] {
  const now = status.snapshot;
  if (!now || !isRunning(now.engine, now.status.state)) return [];
  const rests =
    now.status.state === "paused"
      ? [{ label: "Resume", choose: () => void resume() }]
      : pauses.map(({ label, how_long }) => ({
          label: `Pause ${label.charAt(0).toLowerCase()}${label.slice(1)}`,
          choose: () => void pause(how_long),
        }));
  return [{ label: "Rescan every transcript", choose: () => void rescan() }, ...rests];
}

function app(): Command[] {
  return [
    ...always.map(byKey),
    ...themes.map(({ label, theme }) => ({ label, choose: () => void settings.change({ theme }) })),
    { label: "Check the database", choose: () => void act({ does: "check" }) },
    { label: "Back up the database", choose: () => void backUpAndSay() },
    { label: "Copy a report", choose: () => void copyReport() },
    { label: "Quit (stops syncing)", choose: () => void quit() },
  ];
}

async function backUpAndSay(): Promise<void> {
  const done = await backUp();
  if (done) say(`Backed up: ${done.path}.`);
}
