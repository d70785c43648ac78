/** The part of `flush-manager check` about safe reloads: one line for each that is asked for. */
import type { Finding } from "./check.ts";
import { formatDuration } from "./core/duration.ts";
import {
  describeArgv,
  describeProbe,
  withoutCredentials,
} from "./core/probe.ts";
import type { Action, Settings } from "./core/settings.ts";
import { readEnvironment } from "./host/env_files.ts";
import { describeAddress } from "./host/listen.ts";

/** Nothing is run, opened or asked; files of variables are read. */
export function checkReload(settings: Settings): Finding[] {
  const { check, snapshotDir, ready, listen, waitFor, strategy } = settings;
  const findings: (Finding | undefined)[] = [
    ...settings.configs.map(({ path, action }) =>
      action === undefined
        ? undefined
        : ok(`on change of ${path}: ${describeAction(action)}`)
    ),
    check.command &&
    ok(
      `check: ${describeArgv(check.command)}, at most ${
        formatDuration(check.timeoutMs)
      }`,
    ),
    snapshotDir === undefined ? undefined : ok(`snapshots: in ${snapshotDir}`),
    ready.sign &&
    ok(
      `ready: ${describeProbe(ready.sign)}, within ${
        formatDuration(ready.timeoutMs)
      }`,
    ),
    strategy === "overlap"
      ? ok("strategy: the next child is ready before the old one is stopped")
      : undefined,
    ...listen.map((address, index) =>
      ok(`listen: ${describeAddress(address)} as {listen${index}}`)
    ),
    checkEnvironment(settings),
    waitFor.length === 0 ? undefined : ok(
      `wait for: ${waitFor.map(describeProbe).join(", ")}, at most ${
        formatDuration(settings.waitTimeoutMs)
      }`,
    ),
  ];
  return findings.filter((finding) => finding !== undefined);
}

/** The names of the variables, never a value. */
function checkEnvironment(
  { environmentSources, env }: Settings,
): Finding | undefined {
  if (environmentSources.length === 0 && env.size === 0) return undefined;
  try {
    const names = Object.keys(readEnvironment(environmentSources));
    const all = [...new Set([...names, ...env.keys()])];
    return ok(`environment: ${all.join(" ")}`);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { kind: "fault", text };
  }
}

/** In the notation of --on-change. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case "signal":
      return `signal:${action.signal.slice("SIG".length)}`;
    case "exec":
      return `exec:${describeArgv(action.argv)}`;
    case "http":
      return `http:${action.method}:${withoutCredentials(action.url)}`;
    default:
      return action.kind;
  }
}

const ok = (text: string): Finding => ({ kind: "ok", text });
