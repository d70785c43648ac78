/** What a manager says of itself first, and what it is going to watch. */
import type { Message } from "../core/vocabulary/message.ts";
import * as messages from "../core/text/manager.ts";
import * as watching from "../core/text/watching.ts";
import type { Settings, WatchedPath } from "../core/vocabulary/settings.ts";
import type { ConfigKind } from "../host/files/config_paths.ts";
import { VERSION } from "./version.ts";

/** The lines before all others; `kinds` are what the paths were when the manager started. */
export function announcement(
  { command, args, configs }: Settings,
  kinds: readonly ConfigKind[],
): Message[] {
  const paths = configs.map(({ path }) => path);
  return [
    messages.starting(VERSION),
    messages.ownPid(Deno.pid),
    messages.configuration(command, paths, args),
    messages.initializing(command),
    ...configs.map((config, at) => describeConfig(config, kinds[at])),
    ...(configs.length === 0 ? [watching.configNoop("")] : []),
  ];
}

/** The line that says what a path is. */
export function describeConfig(
  { path }: WatchedPath,
  found: ConfigKind,
): Message {
  switch (found.kind) {
    case "symlink":
      return watching.configIsSymlink(path, found.target);
    case "directory":
      return watching.configIsDirectory(path);
    case "regular":
      return watching.configIsRegular(path);
    case "special":
      return watching.configIsSpecial(path);
    case "awaited":
      return watching.configAwaited(path);
    case "noop":
      return watching.configNoop(path);
  }
}
