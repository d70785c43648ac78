/**
 * The first lines that a manager logs: about itself, and about the paths that
 * it will watch.
 */
import type { Message } from "../core/vocabulary/message.ts";
import * as messages from "../core/text/manager.ts";
import * as watching from "../core/text/watching.ts";
import type { Settings, WatchedPath } from "../core/vocabulary/settings.ts";
import { configKindOf } from "../host/files/config_paths.ts";
import { VERSION } from "./version.ts";

/**
 * The lines that come before all others. Call it before the child is started,
 * because the child may change the paths.
 */
export function announcement({ command, args, configs }: Settings): Message[] {
  const paths = configs.map(({ path }) => path);
  return [
    messages.starting(VERSION),
    messages.ownPid(Deno.pid),
    messages.configuration(command, paths, args),
    messages.initializing(command),
    ...configs.map(describeConfig),
    ...(configs.length === 0 ? [watching.configNoop("")] : []),
  ];
}

/** The line that says what kind of file is at a path now. */
export function describeConfig(config: WatchedPath): Message {
  const { path } = config;
  const found = configKindOf(config);
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
