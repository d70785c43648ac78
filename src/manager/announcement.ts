/**
 * The first lines that a manager logs: about itself, and about the paths that
 * it will watch.
 */
import { describeWatched } from "../core/notation/describe.ts";
import type { Message } from "../core/vocabulary/message.ts";
import * as messages from "../core/text/manager.ts";
import * as watching from "../core/text/watching.ts";
import type { Settings, WatchedPath } from "../core/vocabulary/settings.ts";
import { configKindOf } from "../host/fingerprint/config_paths.ts";
import { VERSION } from "./version.ts";

/**
 * The lines that come before all others. Call it before the child is started,
 * because the child may change the paths.
 */
export function announcement(
  { command, args, configs, ignore }: Settings,
): Message[] {
  const paths = configs.map(describeWatched);
  return [
    messages.starting(VERSION),
    messages.ownPid(Deno.pid),
    messages.configuration(command, paths, args),
    messages.initializing(command),
    ...configs.map((config) => describeConfig(config, ignore)),
    ...(configs.length === 0 ? [watching.configNoop("")] : []),
  ];
}

/** The line that says what kind of file is at a path now. */
export function describeConfig(
  config: WatchedPath,
  ignore: readonly string[],
): Message {
  const { path } = config;
  const found = configKindOf(config, ignore);
  switch (found.kind) {
    case "pattern":
      return watching.configIsPattern(describeWatched(config), found.matches);
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
