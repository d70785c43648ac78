/** The part of `flush-manager check` about safe reloads: one line for each that is asked for. */
import { formatDuration } from "../core/notation/duration.ts";
import { expand, variablesIn } from "../core/notation/placeholders.ts";
import { variableUses } from "../core/rules/variable_use.ts";
import {
  assertFilled,
  valueIn,
  whyUnfilled,
} from "../manager/reloads/filled_probe.ts";
import { planOf } from "../core/rules/action_choice.ts";
import {
  describeAction,
  describeAddress,
  describeArgv,
  describeProbe,
  describeStatuses,
  describeWatched,
} from "../core/notation/describe.ts";
import type {
  Action,
  Argv,
  LiveAction,
  Probe,
  Settings,
} from "../core/vocabulary/settings.ts";
import { fault, type Finding, ok } from "../core/vocabulary/finding.ts";
import { certificateFault } from "../control/server/certificate.ts";
import { tracesFault } from "../control/traces/open_traces.ts";
import { absolutePath } from "../host/base/absolute_path.ts";
import {
  askedByHealth,
  askedByReloads,
  caFaults,
} from "../host/ask/ca_file.ts";
import { readHeaderFile } from "../host/ask/header_file.ts";
import { pathsToWatch } from "../host/fingerprint/config_paths.ts";
import { Selection } from "../host/fingerprint/selection.ts";
import {
  EnvironmentError,
  readEnvironment,
} from "../host/environment/env_files.ts";
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
    ...settings.configs.map((config) => {
      const { action } = config;
      if (action === undefined) return undefined;
      const path = describeWatched(config);
      return actionFault(`--config ${path}`, action, settings) ??
        ok(`on change of ${path}: ${describeAction(action)}`);
    }),
    checkHook("before-start", settings),
    checkHook("after-exit", settings),
    checkBatch(settings),
    ...checkHttp(settings),
    checkCheck(settings),
    checkSnapshots(settings),
    checkReady(settings),
    checkLive(settings),
    strategy === "overlap"
      ? ok("strategy: the next child is ready before the old one is stopped")
      : undefined,
    ...listen.map((address, index) =>
      ok(`listen: ${describeAddress(address)} as {listen${index}}`)
    ),
    checkEnvironment(settings),
    ...checkVariables(settings),
    ...checkWaitFor(settings),
    ...checkHealthChecks(settings),
    checkTraces(settings),
    checkCertificate(settings),
    ...caFaults([
      ...askedByReloads(settings),
      ...askedByHealth(settings.control.healthChecks),
    ]).map(fault),
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

/** How requests are made, where that is not the default, and the files of headers for them. */
function checkHttp({ configs, onChange, http }: Settings): Finding[] {
  const actions = [onChange, ...configs.map(({ action }) => action)]
    .filter((action) => action?.kind === "http");
  if (actions.length === 0) return [];
  const files = [
    http.headerFile,
    ...actions.map(({ own }) => own?.headerFile),
  ].filter((file) => file !== undefined);
  const { timeoutMs, retries, status, headerFile } = http;
  const from = headerFile === undefined ? "" : `, headers from ${headerFile}`;
  return [
    ok(
      `http actions: ${describeStatuses(status)} is success, at most ${
        formatDuration(timeoutMs)
      } an attempt, retries: ${retries}${from}`,
    ),
    ...[...new Set(files)].flatMap((file) => headerFault(file) ?? []),
  ];
}

function headerFault(file: string): Finding | undefined {
  try {
    readHeaderFile(file);
    return undefined;
  } catch (error) {
    return fault(
      `Cannot send headers: ${
        error instanceof Error ? error.message : String(error)
      }`,
    );
  }
}

function checkCheck(settings: Settings): Finding | undefined {
  const { command, timeoutMs } = settings.check;
  if (command === undefined) return undefined;
  return programFault("--check-command", command, settings) ?? ok(
    `check: ${describeArgv(command)}, at most ${formatDuration(timeoutMs)}`,
  );
}

function checkHook(
  name: "before-start" | "after-exit",
  settings: Settings,
): Finding | undefined {
  const { command, timeoutMs } = name === "before-start"
    ? settings.beforeStart
    : settings.afterExit;
  if (command === undefined) return undefined;
  return programFault(`--${name}`, command, settings) ?? ok(
    `${name.replace("-", " ")}: ${describeArgv(command)}, at most ${
      formatDuration(timeoutMs)
    }`,
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

function checkLive(settings: Settings): Finding | undefined {
  const { live } = settings;
  if (live === undefined) return undefined;
  const { sign, intervalMs, timeoutMs, threshold, action } = live;
  const broken = sign.kind === "exec"
    ? programFault("--live", sign.argv, settings)
    : undefined;
  return broken ?? ok(
    `live: ${describeProbe(sign)} every ${formatDuration(intervalMs)}, within ${
      formatDuration(timeoutMs)
    }; ${describeLiveAction(action)} after ${
      threshold === 1 ? "1 failure" : `${threshold} failures in a row`
    }`,
  );
}

/** In the notation of --live-action. */
const describeLiveAction = (action: LiveAction): string =>
  action.kind === "signal"
    ? `signal:${action.signal.slice("SIG".length)}`
    : action.kind;

function checkWaitFor(
  { waitFor, waitTimeoutMs, waitForScope, workdir }: Settings,
): Finding[] {
  if (waitFor.length === 0) return [];
  const broken = waitFor.flatMap((probe) =>
    probeFault("--wait-for", probe, workdir) ?? []
  );
  if (broken.length > 0) return broken;
  const probes = waitFor.map(describeProbe).join(", ");
  const limit = formatDuration(waitTimeoutMs);
  const which = waitForScope === "every"
    ? "before every start"
    : "before the first start";
  return [ok(`wait for: ${probes}, at most ${limit}, ${which}`)];
}

function checkHealthChecks({ control, workdir }: Settings): Finding[] {
  return control.healthChecks.map(({ name, probe }) =>
    probeFault(`--health-check ${name}`, probe, workdir) ??
      ok(`health check ${name}: ${describeProbe(probe)}`)
  );
}

/** The variables OTEL_* are no settings of ours, and are read all the same. */
function checkTraces({ traces }: Settings): Finding | undefined {
  const why = traces === "otlp"
    ? tracesFault((name) => Deno.env.get(name))
    : undefined;
  return why === undefined ? undefined : fault(why);
}

/** Whether the two belong together, the start tells. */
function checkCertificate({ control }: Settings): Finding | undefined {
  const isUsed = control.addresses.some(({ kind }) => kind === "tcp");
  const why = isUsed && control.certificate !== undefined
    ? certificateFault(control.certificate)
    : undefined;
  return why === undefined ? undefined : fault(why);
}

/** It is not asked on behalf of a child, and has none of its variables. */
function probeFault(
  option: string,
  probe: Probe,
  workdir: string | undefined,
) {
  if (probe.kind !== "exec") return undefined;
  const [name] = probe.argv;
  return variablesIn(name).length > 0
    ? undefined
    : notRunnable(option, name, name, workdir, Deno.env.get("PATH"));
}

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
  const env = childVariable(settings);
  const isMissing = variablesIn(name).some((variable) =>
    env(variable) === undefined
  );
  // That has a line of its own, and so do the files that cannot be read.
  if (isMissing) return undefined;
  const program = expand(name, { config, listen: [], run: 1, env });
  return notRunnable(
    option,
    name,
    program,
    settings.workdir,
    childPath(settings),
  );
}

/** `name` is what the operator calls the program. */
function notRunnable(
  option: string,
  name: string,
  program: string,
  workdir: string | undefined,
  path: string | undefined,
): Finding | undefined {
  const found = explainCommand(program, workdir, path);
  return found.kind === "found" ? undefined : fault(
    `Cannot run ${
      variablesIn(name).length > 0 ? name : program
    } for ${option}: ${found.detail}`,
  );
}

/** What PATH is for the child, its checks and its actions. */
export const childPath = (settings: Settings): string | undefined =>
  childVariable(settings)("PATH");

/** What a variable is for the child, its checks and its actions; undefined where it is not set. */
const childVariable = (settings: Settings) => valueIn(ownVariables(settings));

/** The variables that the first child gets from us; the descriptors are examples. */
function ownVariables(
  { env, environmentSources, ignore, configs, listen }: Settings,
): Record<string, string> {
  let sources: Record<string, string> = {};
  try {
    sources = readEnvironment(environmentSources, new Selection(ignore));
  } catch {
    // They have a line of their own in the report.
  }
  const values = {
    config: configs.map(({ path }) => absolutePath(path)),
    listen: listen.map((_, index) => index + 3),
    run: 1,
  };
  const named = [...env].map(([name, text]) => [name, expand(text, values)]);
  return { ...sources, ...Object.fromEntries(named) };
}

/** Whether the variables are set whose values are put in somewhere, and make a probe or a URL of it; none of the values. */
function checkVariables(settings: Settings): Finding[] {
  const uses = variableUses(settings);
  if (uses.length === 0) return [];
  const value = childVariable(settings);
  const findings = uses.map(({ where, name }) =>
    value(name) === undefined
      ? fault(whyUnfilled({ where, name }))
      : ok(`{env:${name}} in ${where}: the variable is set`)
  );
  if (findings.some(({ kind }) => kind === "fault")) return findings;
  try {
    assertFilled(settings, uses, ownVariables(settings));
    return findings;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return [...findings, fault(error.message)];
  }
}

/** The names of the variables, never a value. */
function checkEnvironment(
  { environmentSources, env, ignore }: Settings,
): Finding | undefined {
  if (environmentSources.length === 0 && env.size === 0) return undefined;
  try {
    const selection = new Selection(ignore);
    const names = Object.keys(readEnvironment(environmentSources, selection));
    const all = [...new Set([...names, ...env.keys()])];
    return ok(`environment: ${all.join(" ")}`);
  } catch (error) {
    return fault(error instanceof Error ? error.message : String(error));
  }
}
