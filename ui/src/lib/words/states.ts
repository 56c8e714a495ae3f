import type { Engine, Mode, State } from "../host/bindings";

/** What each state is called, and what its sign means. Two of the eight share a sign. */
export const states: Record<State, { word: string; meaning: string }> = {
  live: { word: "Live", meaning: "New messages are saved as they are written." },
  idle: { word: "Idle", meaning: "Up to date. Nothing was written for a while." },
  catching_up: { word: "Catching up", meaning: "Reading what is not saved yet." },
  degraded: { word: "Degraded", meaning: "Working, with something to look at when you have time." },
  stalled: { word: "Stalled", meaning: "Nothing can be saved right now. This one needs you." },
  paused: { word: "Paused", meaning: "You asked it to rest. Nothing is lost." },
  starting: { word: "Starting", meaning: "The first look has not ended yet." },
  stopped: { word: "Stopped", meaning: "Nothing is running." },
};

export const modes: Record<Mode, string> = {
  native: "File events",
  polling: "Looking every second",
  none: "Not watched",
};

/** Whether pausing, resuming and rescanning have anyone to obey them. */
export function isRunning(engine: Engine, state: State): boolean {
  return engine !== "none" && state !== "stopped";
}

const kinds: Record<string, string> = { add: "New file", change: "Changed", unlink: "Removed" };

export function kindName(kind: string): string {
  return kinds[kind] ?? kind;
}

const roles: Record<string, string> = {
  prompt: "You",
  queued_prompt: "You",
  withdrawn_prompt: "You",
  assistant: "Assistant",
  tool_result: "Tool",
  injected: "Added by the agent",
  compact_summary: "Summary of what came before",
  event: "Event",
};

export function roleName(role: string): string {
  return roles[role] ?? role;
}
