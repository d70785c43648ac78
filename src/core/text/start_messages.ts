/**
 * The texts that are logged up to the first child, or about a failure on the
 * way there: with messages.ts and reload_messages.ts every text there is. Pure.
 */
import { error, info, list } from "../vocabulary/message.ts";
import type { Signal } from "../vocabulary/signals.ts";

export type { Message } from "../vocabulary/message.ts";

/** What keeps the manager from beginning at all. */
export const cannotBegin = (detail: string) => error(detail, { detail });
export const configLeftOut = (path: string, detail: string) =>
  error(
    `Cannot read config ${path}: ${detail}; the child is started without it`,
    {
      path,
      detail,
    },
  );
export const configAvailable = (path: string) =>
  info(`Config ${path} can be read again`, { path });
export const childStarting = (command: string, args: readonly string[]) =>
  info(`Starting child process: ${command} ${list(args)}`, {
    command,
    args: list(args),
  });
export const signalFailed = (signal: Signal, pid: number, why: string) =>
  error(`Cannot send ${signal} to child process (PID: ${pid}): ${why}`, {
    signal,
    pid,
    why,
  });
export const subreaperUnavailable = (why: string) =>
  error(`Cannot become a subreaper: ${why}; orphans go to init`, { why });
export const libcUnavailable = () =>
  error(
    "Cannot load libc: none of the known paths holds one that loads; degraded: orphans are not reaped, " +
      "and the child inherits blocked signals and, as root, loses supplementary groups",
  );
export const internalError = (detail: string) =>
  error(
    `Internal error: ${detail}; stopping the child process, please report this`,
    { detail },
  );
