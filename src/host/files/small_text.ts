/**
 * Reads a small text that an operator names: a key, a token, headers. Waits for
 * nobody and reads no more than it may, also if the path leads to a FIFO or a
 * device by the time it is opened.
 */
import { readSmallFile } from "./regular_file.ts";
import { whyUnreadable } from "./why_unreadable.ts";

/**
 * The text of the file. Throws an Error whose message is the reason alone, for the
 * middle of a line: "it does not exist".
 */
export function readSmallText(path: string, maxBytes: number): string {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readSmallFile(path, maxBytes);
  } catch (cause) {
    throw new Error(whyUnreadable(cause), { cause });
  }
  if (bytes.length > maxBytes) throw new Error(`it is over ${maxBytes} bytes`);
  return new TextDecoder().decode(bytes);
}
