/** What a manager says of itself first. */
import type { Message } from "./core/message.ts";
import * as messages from "./core/messages.ts";
import type { Settings } from "./core/settings.ts";
import { describeConfig } from "./host/config_kind.ts";
import { VERSION } from "./version.ts";

/** The lines before all others. */
export function announcement(
  { command, args, configs }: Settings,
): Message[] {
  const paths = configs.map(({ path }) => path);
  return [
    messages.starting(VERSION),
    messages.ownPid(Deno.pid),
    messages.configuration(command, paths, args),
    messages.initializing(command),
    ...configs.map(describeConfig),
    ...(configs.length === 0 ? [messages.configNoop("")] : []),
  ];
}
