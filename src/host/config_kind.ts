/** What the watched paths are when the manager starts, for the log and for `check`. */
import type { Message } from "../core/message.ts";
import * as messages from "../core/messages.ts";
import type { WatchedPath } from "../core/settings.ts";
import { lstatOrUndefined, physicalPath } from "./config_paths.ts";

/** The line that says what a path is. */
export function describeConfig({ path, named }: WatchedPath): Message {
  const real = physicalPath(path);
  const info = lstatOrUndefined(real);
  if (info === undefined) {
    return named ? messages.configAwaited(path) : messages.configNoop(path);
  }
  if (info.isSymlink) return messages.configIsSymlink(path, targetOf(real));
  if (info.isDirectory) return messages.configIsDirectory(path);
  return messages.configIsRegular(path);
}

function targetOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Dangling: say at least where it points.
    return Deno.readLinkSync(path);
  }
}
