/** The part of `flush-manager check` about safe reloads: one line for each that is asked for. */
import { formatDuration } from "../core/notation/duration.ts";
import { planOf } from "../core/rules/action_choice.ts";
import { expand } from "../core/notation/placeholders.ts";
import {
  describeAction,
  describeAddress,
  describeArgv,
  describeProbe,
} from "../core/notation/describe.ts";
import type {
  Action,
  Argv,
  Probe,
  Settings,
} from "../core/vocabulary/settings.ts";
import { fault, type Finding, ok } from "../core/vocabulary/finding.ts";
import { absolutePath } from "../host/base/absolute_path.ts";
import { pathsToWatch } from "../host/files/config_paths.ts";
import { readEnvironment } from "../host/environment/env_files.ts";
import { ownerFault } from "../host/snapshot/home.ts";
import { nestingFault } from "../host/snapshot/nesting.ts";
import { explainCommand } from "../host/process/spawn_error.ts";

/**
 * Files of variables are read and programs are looked for. Nothing is run, opened,
 * made or asked: an address in use, a directory that cannot be written to and a
 * dependency that is not there are found by the start alone.
 */
export function checkReload(settings: Settings): Finding[] {
  const { listen, strategy } = settings;
  return [
    ...settings.configs.map(({ path, action }) =>
      action === undefined ? undefined : (
        actionFault(`--config ${path}`, action, settings) ??
          ok(`on change of ${path}: ${describeAction(action)}`)
      )
    ),
    checkBatch(settings),
    checkCheck(settings),
    checkSnapshots(settings),
    checkReady(settings),
    strategy === "overlap"
      ? ok("strategy: the next child is ready before the old one is stopped")
      : undefined,
    ...listen.map((address, index) =>
      ok(`listen: ${describeAddress(address)} as {listen${index}}`)
    ),
    checkEnvironment(settings),
    ...checkWaitFor(settings),
  ].filter((finding) => finding !== undefined);
}

/** What several paths that change at once lead to, where they ask for different things. */
function checkBatch({ configs, onChange }: Settings): Finding | undefined {
  const plan = planOf(configs.map(({ action }) => action ?? onChange));
  const gentle = plan.kind === "restart" ? plan.skipped : plan.actions;
  if (gentle.length === 0 || (plan.kind === "actions" && gentle.length === 1)) {
    return undefined;
  }
  const names = gentle.map(describeAction).join(", ");
  const others = gentle.length === 1
    ? names
    : `${names}, in this order, each once; a failure ends them`;
  return ok(
    `on change of several paths at once: ${
      plan.kind === "restart"
        ? `a restart alone if one of them asks for it, else ${others}`
        : others
    }`,
  );
}

function checkCheck(settings: Settings): Finding | undefined {
  const { command, timeoutMs } = settings.check;
  if (command === undefined) return undefined;
  return programFault("--check-command", command, settings) ?? ok(
    `check: ${describeArgv(command)}, at most ${formatDuration(timeoutMs)}`,
  );
}

function checkSnapshots(
  { snapshotDir, configs }: Settings,
): Finding | undefined {
  if (snapshotDir === undefined) return undefined;
  const paths = pathsToWatch(configs).map(({ path }) => path);
  const why = nestingFault(snapshotDir, paths) ??
    (isOther(snapshotDir) ? "it is not a directory" : undefined) ??
    ownerFault(snapshotDir);
  return why === undefined
    ? ok(`snapshots: in ${snapshotDir}`)
    : fault(`Cannot use snapshot directory ${snapshotDir}: ${why}`);
}

/** Whether something else than a directory is there. */
function isOther(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    // Not there, and a start makes it; or not to be looked at, which a start will tell.
    return false;
  }
}

function checkReady(settings: Settings): Finding | undefined {
  const { sign, timeoutMs } = settings.ready;
  if (sign === undefined) return undefined;
  const broken = sign.kind === "exec"
    ? programFault("--ready", sign.argv, settings)
    : undefined;
  return broken ??
    ok(`ready: ${describeProbe(sign)}, within ${formatDuration(timeoutMs)}`);
}

function checkWaitFor(
  { waitFor, waitTimeoutMs, waitForScope, workdir }: Settings,
): Finding[] {
  if (waitFor.length === 0) return [];
  const broken = waitFor.flatMap((probe) => probeFault(probe, workdir) ?? []);
  if (broken.length > 0) return broken;
  const probes = waitFor.map(describeProbe).join(", ");
  const limit = formatDuration(waitTimeoutMs);
  const which = waitForScope === "every"
    ? "before every start"
    : "before the first start";
  return [ok(`wait for: ${probes}, at most ${limit}, ${which}`)];
}

/** It is asked before there is a child, and has none of its variables. */
const probeFault = (probe: Probe, workdir: string | undefined) =>
  probe.kind === "exec"
    ? notRunnable("--wait-for", probe.argv[0], workdir, Deno.env.get("PATH"))
    : undefined;

/** Why the action's program cannot be run, if it has one. */
export const actionFault = (
  option: string,
  action: Action,
  settings: Settings,
): Finding | undefined =>
  action.kind === "exec"
    ? programFault(option, action.argv, settings)
    : undefined;

/** By the rule that the child's command is found by, in its directory and with its PATH. */
function programFault(
  option: string,
  [name]: Argv,
  settings: Settings,
): Finding | undefined {
  const config = settings.configs.map(({ path }) => absolutePath(path));
  const program = expand(name, { config, listen: [], run: 1 });
  return notRunnable(option, program, settings.workdir, childPath(settings));
}

function notRunnable(
  option: string,
  program: string,
  workdir: string | undefined,
  path: string | undefined,
): Finding | undefined {
  const found = explainCommand(program, workdir, path);
  return found.kind === "found"
    ? undefined
    : fault(`Cannot run ${program} for ${option}: ${found.detail}`);
}

/** What PATH is for the child, its checks and its actions. */
export function childPath(
  { env, environmentSources }: Settings,
): string | undefined {
  const own = Deno.env.get("PATH");
  try {
    return env.get("PATH") ?? readEnvironment(environmentSources).PATH ?? own;
  } catch {
    // They have a line of their own in the report.
    return own;
  }
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
    return fault(error instanceof Error ? error.message : String(error));
  }
}
