/**
 * The texts that are logged up to the first child, or about a failure on the
 * way there: with messages.ts and reload_messages.ts every text there is. Pure.
 */
import { error, info } from "./message.ts";
import type { Signal } from "./signals.ts";

export type { Message } from "./message.ts";

/** Go's `%v` of a string slice: `[a b]`. */
const list = (items: readonly string[]) => `[${items.join(" ")}]`;

export const starting = (version: string) =>
  info(`=== Flush Manager v${version} starting ===`, { version });
export const ownPid = (pid: number) => info(`PID: ${pid}`, { pid });
export const configuration = (
  command: string,
  configs: readonly string[],
  args: readonly string[],
) =>
  info(
    `Configuration: command=${command}, config_file=${
      configs.join(",")
    }, args=${list(args)}`,
    { command, config_file: configs.join(","), args: list(args) },
  );
export const initializing = (command: string) =>
  info(`Initializing manager with command: ${command}`, { command });
export const configIsSymlink = (path: string, target: string) =>
  info(`Config file ${path} is a symlink pointing to ${target}`, {
    path,
    target,
  });
export const configIsRegular = (path: string) =>
  info(`Config file ${path} is a regular file`, { path });
export const configIsDirectory = (path: string) =>
  info(`Config path ${path} is a directory`, { path });
export const configNoop = (path: string) =>
  info(`Config file ${path} does not exist, using no-op watcher`, { path });
export const configAwaited = (path: string) =>
  info(`Config file ${path} does not exist yet, watching for it to appear`, {
    path,
  });
export const configNeverUpdates = (path: string) =>
  info(
    `Config file ${path} is a mount of its own (a subPath or a bind-mounted file): ` +
      "Kubernetes never updates such a mount; mount the directory instead",
    { path },
  );
/** What keeps the manager from beginning at all. */
export const cannotBegin = (detail: string) => error(detail, { detail });
export const configUnavailable = (path: string, detail: string) =>
  error(
    `Cannot read config ${path}: ${detail}; the child keeps its last configuration`,
    { path, detail },
  );
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
export const childStarted = (pid: number) =>
  info(`Child process started with PID: ${pid}`, { pid });
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
export const logDropped = (count: number) =>
  error(`Dropped ${count} log lines: stderr was not read fast enough`, {
    count,
  });
export const internalError = (detail: string) =>
  error(
    `Internal error: ${detail}; stopping the child process, please report this`,
    { detail },
  );
