/** Why a file that an operator names cannot be read. */
import { oneLine } from "../../core/notation/one_line.ts";
import { NotRegular } from "./regular_file.ts";

/** The reason alone, for the middle of a line: "it does not exist". */
export function whyUnreadable(error: unknown): string {
  if (error instanceof NotRegular) return "it is not a regular file";
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotADirectory) {
    return "a part of the path is not a directory";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "it is in a kernel file system (/dev, /proc, /sys)";
  }
  return error instanceof Error ? oneLine(error.message) : String(error);
}
