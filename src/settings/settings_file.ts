/** Reads the settings file of `--settings`. Loaded only where there is one. */
import { UsageError } from "../cli/values/basic.ts";
import { readSmallFile } from "../host/files/regular_file.ts";
import { whyUnreadable } from "../host/files/why_unreadable.ts";

/** A file with every option and a thousand variables is far below it. */
export const SETTINGS_MAX_BYTES = 256 * 1024;

/** The text of the file. Throws a UsageError. */
export function textOf(path: string): string {
  const bytes = bytesOf(path);
  if (bytes.length > SETTINGS_MAX_BYTES) {
    throw refusal(path, `it has more than ${SETTINGS_MAX_BYTES / 1024} KiB`);
  }
  try {
    // The byte order mark is refused with a place.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    throw refusal(path, "it is not UTF-8");
  }
}

function bytesOf(path: string): Uint8Array<ArrayBuffer> {
  try {
    return readSmallFile(path, SETTINGS_MAX_BYTES);
  } catch (error) {
    throw refusal(path, reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such regular file";
  return whyUnreadable(error);
}

const refusal = (path: string, why: string) =>
  new UsageError(`Cannot read settings file ${path}: ${why}`);
