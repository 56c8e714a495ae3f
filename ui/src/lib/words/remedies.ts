import type { Code, Place, Problem } from "../host/bindings";

/** What a button under a problem does. */
export type Act =
  | { does: "rescan" }
  | { does: "poll" }
  | { does: "reveal"; what: Place }
  | { does: "check" }
  | { does: "add_source" }
  | { does: "restart_engine" }
  | { does: "copy_report" }
  | { does: "copy"; text: string };
export type Remedy = { label: string; act: Act };

const again: Remedy = { label: "Try again", act: { does: "rescan" } };
const look: Remedy = { label: "Look again", act: { does: "rescan" } };
const report: Remedy = { label: "Copy report", act: { does: "copy_report" } };
const data: Remedy = { label: "Show the data folder", act: { does: "reveal", what: { kind: "data" } } };
const check: Remedy = { label: "Check the database", act: { does: "check" } };
const poll: Remedy = { label: "Switch to polling", act: { does: "poll" } };
const choose: Remedy = { label: "Choose folder…", act: { does: "add_source" } };
const restart: Remedy = { label: "Restart the engine", act: { does: "restart_engine" } };

const reveal = (label: string, { message }: Problem): Remedy => ({
  label,
  act: { does: "reveal", what: { kind: "problem", message } },
});

function raiseLimit({ remedy }: Problem): Remedy[] {
  const text = commandIn(remedy);
  return text === null ? [poll] : [{ label: "Copy the command", act: { does: "copy", text } }, poll];
}

/** The one-click repairs of each problem, the best first. */
const remedies: Record<Code, (problem: Problem) => Remedy[]> = {
  not_answering: () => [restart, report],
  engine_ended: () => [restart, report],
  stuck: () => [restart, report],
  behind: () => [look, report],
  disk_full: () => [data, again],
  low_disk: () => [data],
  log_grows: () => [look, report],
  database_locked: () => [again, report],
  database_damaged: () => [check, report],
  database_failing: () => [again, check, report],
  database_unusable: () => [check, report],
  recovered_with_loss: (problem) => [reveal("Show the damaged database", problem), report],
  archive_damaged: () => [check, report],
  no_sources: () => [choose, look],
  source_missing: () => [choose, look],
  unreadable: (problem) => [reveal("Open the folder", problem), look],
  rejects: () => [report],
  missed_event: () => [look],
  inotify_limit: raiseLimit,
  inotify_instances: raiseLimit,
  remote_folder: () => [look],
  unreliable_events: () => [poll],
  not_watched: () => [poll, report],
  setting: (problem) => [reveal("Show the config file", problem)],
};

/** The one-click repairs of a problem; the general ones where an engine of another version knows more than we. */
export function remediesFor(problem: Problem): Remedy[] {
  return (remedies[problem.code as Code] ?? (() => [again, report]))(problem);
}

/** Whether someone must run for it. */
export function needsEngine({ act }: Remedy): boolean {
  return act.does === "rescan";
}

/** The command inside a remedy, so that it can be copied without retyping. */
export function commandIn(remedy: string): string | null {
  const quoted = /`((?:sudo )?sysctl [^`]+)`/.exec(remedy);
  if (quoted?.[1]) return quoted[1];
  const bare = /(?:sudo )?sysctl (?:-w )?[\w.]+=\d+/.exec(remedy);
  return bare ? bare[0] : null;
}
