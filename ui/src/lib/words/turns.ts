import type { Message, Part } from "../host/bindings";

export type Call = Extract<Part, { kind: "tool_use" }>;
export type Result = Extract<Part, { kind: "tool_result" }>;

/** A part as it is shown: a call carries its result. */
export type Shown = Exclude<Part, { kind: "tool_use" }> | { kind: "call"; call: Call; result: Result | null };
export type Turn = { message: Message; shown: Shown[] };
export type Conversation = {
  turns: Turn[];
  /** Where a message is seen: itself, or the one with its call. */ seenAt: Map<string, string>;
};

/** Puts each result beside its call, and drops messages that then have nothing of their own. */
export function conversation(messages: Message[]): Conversation {
  const callers = new Map<string, string>();
  const results = new Map<string, Result>();
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.kind === "tool_use") callers.set(part.id, message.id);
      if (part.kind === "tool_result" && callers.has(part.id) && !results.has(part.id)) {
        results.set(part.id, part);
      }
    }
  }

  const seenAt = new Map<string, string>();
  const turns: Turn[] = [];
  for (const message of messages) {
    const shown: Shown[] = [];
    let caller: string | undefined;
    for (const part of message.parts) {
      if (part.kind === "tool_use") {
        shown.push({ kind: "call", call: part, result: results.get(part.id) ?? null });
      } else if (part.kind === "tool_result" && results.get(part.id) === part) {
        caller ??= callers.get(part.id);
      } else {
        shown.push(part);
      }
    }
    if (shown.length > 0) turns.push({ message, shown });
    seenAt.set(message.id, shown.length > 0 ? message.id : (caller ?? message.id));
  }
  return { turns, seenAt };
}
