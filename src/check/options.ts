/**
 * The part of `flush-manager check` about options that stand for themselves: a
 * line for each that is not its default, and a note for each that has no effect.
 */
import { defaultOf } from "../cli/options.ts";
import { formatDuration } from "../core/notation/duration.ts";
import { fractionOf } from "../core/rules/spread.ts";
import { describeAddress } from "../core/notation/describe.ts";
import type { CrashPolicy, Settings } from "../core/vocabulary/settings.ts";
import { type Finding, note, ok } from "../core/vocabulary/finding.ts";

/** Both kinds, in this order. */
export function checkOptions(settings: Settings): Finding[] {
  const lines = [
    onItsEnd(settings.crash),
    atStart(settings),
    drain(settings),
    reloads(settings),
    ...turns(settings),
    podReports(settings),
    rewrites(settings),
    reloadSignal(settings),
    settings.subreaper ? "orphans: reaped, as a subreaper" : undefined,
    control(settings),
  ];
  return [
    ...lines.filter((line) => line !== undefined).map(ok),
    ...idle(settings).map(note),
  ];
}

function onItsEnd(crash: CrashPolicy): string | undefined {
  const { restart, backoffFirstMs, backoffMaxMs, max } = crash;
  if (restart === "never") return undefined;
  const limit = max === undefined
    ? ""
    : !Number.isFinite(max.windowMs)
    ? `, ${max.count} times at most`
    : `, ${max.count} times within ${formatDuration(max.windowMs)} at most`;
  return `on its own end: restart (${restart}) after ${
    formatDuration(backoffFirstMs)
  }, doubled up to ${formatDuration(backoffMaxMs)}${limit}`;
}

const atStart = ({ check }: Settings) =>
  check.atStart === "warn" && check.command !== undefined
    ? "at start: a configuration that is rejected is started on all the same"
    : undefined;

const drain = ({ drainDelayMs }: Settings) =>
  drainDelayMs === 0
    ? undefined
    : `drain delay: ${
      formatDuration(drainDelayMs)
    } from the decision to the stop signal`;

function reloads({ minIntervalMs, splayMs }: Settings): string | undefined {
  const parts: string[] = [];
  if (minIntervalMs > 0) {
    parts.push(`at least ${formatDuration(minIntervalMs)} apart`);
  }
  if (splayMs > 0) {
    const here = Math.round(splayMs * fractionOf(Deno.hostname()));
    parts.push(
      `spread over ${formatDuration(splayMs)} by host name, here after ${
        formatDuration(here)
      }`,
    );
  }
  return parts.length === 0 ? undefined : `reloads: ${parts.join(", ")}`;
}

/** How reloads take turns with those of other managers. */
function turns({ fleet }: Settings): string[] {
  if (fleet === undefined) return [];
  const { group, directory, limit, canary, soakMs, memberLeases } = fleet;
  const place = directory === undefined ? "Leases" : `files in ${directory}`;
  const many = limit === 1 ? "1 reload" : `${limit} reloads`;
  const proof = canary
    ? `; one manager proves new content first, for ${formatDuration(soakMs)}`
    : "";
  const away = fleet.whenUnreachable === "hold"
    ? "a reload waits until it can be asked"
    : `a reload goes on without a slot after ${
      formatDuration(fleet.unreachableTimeoutMs)
    }`;
  return [
    `fleet: ${group}, ${many} at a time by ${place}${proof}`,
    `fleet unreachable: ${away}`,
    ...(memberLeases
      ? ["fleet members: shown to each other by a Lease for each pod"]
      : []),
  ];
}

function podReports(
  { podReports: { events, condition } }: Settings,
): string | undefined {
  const parts = [
    ...(events ? ["by Events"] : []),
    ...(condition ? ["by the condition flush-manager.dev/ConfigCurrent"] : []),
  ];
  return parts.length === 0
    ? undefined
    : `reloads are told on the pod: ${parts.join(" and ")}`;
}

function rewrites({ rewrites }: Settings): string | undefined {
  const parts = [...rewrites].map(([from, to]) =>
    to === undefined ? `${from} is dropped` : `${from} becomes ${to}`
  );
  return parts.length === 0 ? undefined : `signals: ${parts.join(", ")}`;
}

const reloadSignal = ({ reloadSignal: signal }: Settings) =>
  signal === undefined
    ? undefined
    : `on ${signal}: a reload; the child does not get it`;

/** The default, `auto`, is not told. */
function control({ control: { addresses } }: Settings): string | undefined {
  if (addresses.length === 0) return "control: off";
  const names = addresses.map((address) =>
    address.kind === "auto" ? "auto" : describeAddress(address)
  );
  return names.length === 1 && names[0] === "auto"
    ? undefined
    : `control: ${names.join(", ")}`;
}

/** Options that change nothing as long as another one is missing. */
function idle(settings: Settings): string[] {
  const { crash, check, ready, live, snapshotDir, waitFor, control } = settings;
  const { beforeStart, afterExit } = settings;
  const noTcp = control.addresses.every(({ kind }) => kind !== "tcp");
  const noHealth = control.healthChecks.length === 0;
  const backoff = defaultOf("backoff");
  const revives = live !== undefined && live.action.kind !== "exit";
  const ends = crash.restart === "never" && !revives;
  const unsigned = ready.sign === undefined;
  const table: [option: string, isIdle: boolean, needed: string][] = [
    [
      "--backoff",
      ends && (crash.backoffFirstMs !== backoff.firstMs ||
        crash.backoffMaxMs !== backoff.maxMs),
      "--restart",
    ],
    ["--max-restarts", ends && crash.max !== undefined, "--restart"],
    [
      "--before-start-timeout",
      beforeStart.command === undefined &&
      beforeStart.timeoutMs !== defaultOf("before-start-timeout"),
      "--before-start",
    ],
    [
      "--after-exit-timeout",
      afterExit.command === undefined &&
      afterExit.timeoutMs !== defaultOf("after-exit-timeout"),
      "--after-exit",
    ],
    [
      "--check-timeout",
      check.command === undefined &&
      check.timeoutMs !== defaultOf("check-timeout"),
      "--check-command",
    ],
    [
      "--check-at-start",
      check.command === undefined &&
      check.atStart !== defaultOf("check-at-start"),
      "--check-command",
    ],
    [
      "--retry-rejected",
      !canFail(settings) && isChosen(settings.retryRejected),
      "--check-command, --snapshot-dir, --strategy overlap, --wait-for or an action that may fail",
    ],
    ...httpOptions(settings),
    [
      "--ready-timeout",
      unsigned && snapshotDir === undefined &&
      ready.timeoutMs !== defaultOf("ready-timeout"),
      "--ready or --snapshot-dir",
    ],
    [
      "--ready-interval",
      unsigned && ready.intervalMs !== defaultOf("ready-interval"),
      "--ready",
    ],
    [
      "--ready-threshold",
      unsigned && ready.threshold !== defaultOf("ready-threshold"),
      "--ready",
    ],
    [
      "--wait-for-scope",
      waitFor.length === 0 &&
      settings.waitForScope !== defaultOf("wait-for-scope"),
      "--wait-for",
    ],
    [
      "--wait-timeout",
      waitFor.length === 0 &&
      settings.waitTimeoutMs !== defaultOf("wait-timeout"),
      "--wait-for",
    ],
    [
      "--control-token-file",
      noTcp && control.tokenFile !== undefined,
      "--control tcp:HOST:PORT",
    ],
    [
      "--control-tls-cert",
      noTcp && control.certificate !== undefined,
      "--control tcp:HOST:PORT",
    ],
    [
      "--control-host",
      noTcp && control.hosts.length > 0,
      "--control tcp:HOST:PORT",
    ],
    [
      "--health-interval",
      noHealth && control.healthIntervalMs !== defaultOf("health-interval"),
      "--health-check",
    ],
    [
      "--health-timeout",
      noHealth && control.healthTimeoutMs !== defaultOf("health-timeout"),
      "--health-check",
    ],
  ];
  return table.filter(([, isIdle]) => isIdle)
    .map(([option, , needed]) => `${option} has no effect without ${needed}`);
}

/** Those of `http:` actions, where there is none. */
function httpOptions(
  { onChange, configs, http }: Settings,
): [option: string, isIdle: boolean, needed: string][] {
  const none = [onChange, ...configs.map(({ action }) => action)]
    .every((action) => action?.kind !== "http");
  const isOther: Readonly<Record<string, boolean>> = {
    "--http-timeout": http.timeoutMs !== defaultOf("http-timeout"),
    "--http-retries": http.retries !== defaultOf("http-retries"),
    "--http-status": http.status.join() !== defaultOf("http-status").join(),
    "--http-header-file": http.headerFile !== undefined,
  };
  return Object.entries(isOther).map(([option, isGiven]) => [
    option,
    none && isGiven,
    "an http: action",
  ]);
}

/** Whether anything but the default was asked for. */
function isChosen(retryRejected: Settings["retryRejected"]): boolean {
  const known = defaultOf("retry-rejected");
  return known === "never" || retryRejected?.firstMs !== known.firstMs ||
    retryRejected.maxMs !== known.maxMs;
}

/** Whether circumstances can reject a candidate. */
const canFail = (
  { check, snapshotDir, strategy, onChange, configs, waitFor }: Settings,
) =>
  waitFor.length > 0 || check.command !== undefined ||
  snapshotDir !== undefined ||
  strategy === "overlap" ||
  [onChange, ...configs.map(({ action }) => action)].some((action) =>
    action?.kind === "exec" || action?.kind === "http"
  );
