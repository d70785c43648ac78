/**
 * Reads a small text that an operator names: a key, a token, headers. Waits for
 * nobody and reads no more than it may, also if the path leads to a FIFO or a
 * device by the time it is opened.
 */
import { oneLine } from "../../core/notation/one_line.ts";
import { NotRegular, readSmallFile } from "./regular_file.ts";

/**
 * The text of the file. Throws an Error whose message is the reason alone, for the
 * middle of a line: "it does not exist".
 */
export function readSmallText(path: string, maxBytes: number): string {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readSmallFile(path, maxBytes);
  } catch (cause) {
    throw new Error(reasonOf(cause), { cause });
  }
  if (bytes.length > maxBytes) throw new Error(`it is over ${maxBytes} bytes`);
  return new TextDecoder().decode(bytes);
}

/** The reason alone, for the middle of a line. */
export function reasonOf(error: unknown): string {
  if (error instanceof NotRegular) return "it is not a regular file";
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) {
    return "it is in a kernel file system (/dev, /proc, /sys)";
  }
  return error instanceof Error ? oneLine(error.message) : String(error);
}
