// Pictures that stand in messages.

import { call } from "../host/host";

/** The address of a picture, or null where it cannot be had. */
export async function picture(message: string, number: number): Promise<string | null> {
  try {
    return (await call("picture", { message, number })).url;
  } catch {
    return null;
  }
}
