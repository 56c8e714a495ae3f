// What an attachment is called, and what is known of it.

import type { Block } from "../host/bindings";
import { bytes } from "./bytes";

type Attachment = Extract<Block, { kind: "attachment" }>;

export function attachmentName(block: Attachment): string {
  return block.name ?? (block.what === "image" ? "Image" : "Document");
}

export function attachmentFacts(block: Attachment): string {
  return [block.mime, block.bytes === null ? "not in the transcript" : bytes(block.bytes)]
    .filter((fact) => fact !== null)
    .join(", ");
}
