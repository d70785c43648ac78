/** Options that are right one by one and cannot go together. Pure. */
import { describeAddress, describeProbe } from "../core/notation/describe.ts";
import { formatDuration } from "../core/notation/duration.ts";
import { firstWithoutValue } from "../core/notation/placeholders.ts";
import type {
  Action,
  LiveSign,
  Probe,
  ReadySign,
  Settings,
} from "../core/vocabulary/settings.ts";
import { firstTwice, refuseControl } from "./control_contradictions.ts";
import { type Given, last } from "./given.ts";
import type { OptionName } from "./options.ts";
import type { Refusal } from "./refusal.ts";
import { endpointOf, reaches } from "./same_address.ts";
import { joined, refusalsOf, UsageError } from "./values/basic.ts";

/** Throws a UsageError with a line for each contradiction. */
export function refuseContradictions(given: Given, settings: Settings): void {
  const { strategy, ready, snapshotDir, configs, compare, listen } = settings;
  const refusal = (name: OptionName, why: string) =>
    new UsageError(`Cannot use ${given.get(name)?.place}: ${why}`);
  const found: UsageError[] = [];
  if (given.has("max-restarts") && last(given, "restart")?.count) {
    found.push(refusal(
      "max-restarts",
      "--restart on-failure:N has a number of its own; give one of them",
    ));
  }
  if (strategy === "overlap" && ready.sign === undefined) {
    found.push(refusal(
      "strategy",
      "overlap needs --ready, which tells when the old child may be stopped",
    ));
  }
  if (snapshotDir !== undefined && configs.length === 0) {
    found.push(refusal("snapshot-dir", "nothing is watched; name a --config"));
  }
  if (snapshotDir !== undefined && compare === "metadata") {
    found.push(refusal(
      "snapshot-dir",
      "it needs --compare content, by which a copy is known",
    ));
  }
  const twice = firstTwice(listen.map(describeAddress));
  if (twice !== undefined) {
    found.push(
      refusal("listen", `${twice} is given twice; name each address once`),
    );
  }
  found.push(...refusalsOf(
    () => refuseReloadSignal(settings, refusal),
    () => refuseLiveness(given, settings, refusal),
    () => refuseFleet(given, settings, refusal),
    () => refuseOwnAnswers(settings, refusal),
    () => refuseControl(given, settings, refusal),
  ));
  if (found.length > 0) throw joined(found);
}

const LIVE_OPTIONS: readonly OptionName[] = [
  "live-interval",
  "live-timeout",
  "live-threshold",
  "live-action",
];

const FLEET_OPTIONS: readonly OptionName[] = [
  "fleet-dir",
  "fleet-limit",
  "fleet-canary",
  "fleet-soak",
  "fleet-settle",
  "fleet-unreachable",
  "fleet-timeout",
  "kubernetes-members",
];

/** Rules for turns that nobody takes, or that no other manager could know the content of. */
function refuseFleet(
  given: Given,
  { fleet, configs, compare }: Settings,
  refusal: Refusal,
): void {
  if (fleet === undefined) {
    const idle = FLEET_OPTIONS.find((name) => given.has(name));
    if (idle === undefined) return;
    throw refusal(idle, "it needs --fleet, which names the managers' group");
  }
  if (configs.length === 0) {
    throw refusal("fleet", "nothing is watched; name a --config");
  }
  if (compare === "metadata") {
    throw refusal(
      "fleet",
      "it needs --compare content, by which other managers know the same content",
    );
  }
  if (fleet.memberLeases && fleet.directory !== undefined) {
    throw refusal(
      "kubernetes-members",
      "the slots are files of --fleet-dir, and so is what the managers show; leave one of them out",
    );
  }
}

/** Rules for probes that nobody makes, or that are not over when the next is due. */
function refuseLiveness(
  given: Given,
  { live, listen }: Settings,
  refusal: Refusal,
): void {
  if (live === undefined) {
    const idle = LIVE_OPTIONS.find((name) => given.has(name));
    if (idle === undefined) return;
    throw refusal(idle, "it needs --live, which says what is asked");
  }
  const { sign, intervalMs, timeoutMs } = live;
  if (timeoutMs > intervalMs) {
    throw refusal(
      given.has("live-timeout") ? "live-timeout" : "live-interval",
      `a probe may take ${
        formatDuration(timeoutMs)
      } and the next one follows after ${
        formatDuration(intervalMs)
      }; make --live-interval at least as long as --live-timeout`,
    );
  }
  if (sign.kind !== "tcp") return;
  const own = listen.find((address) => reaches(sign, address));
  if (own === undefined) return;
  throw refusal(
    "live",
    `flush-manager keeps ${
      describeAddress(own)
    } open (--listen), where the kernel accepts connections also while the child hangs; use http:, exec: or notify`,
  );
}

/** A signal that is meant for something else already. */
function refuseReloadSignal(
  { reloadSignal, stopSignal, rewrites }: Settings,
  refusal: Refusal,
): void {
  if (reloadSignal === undefined) return;
  if (reloadSignal === stopSignal) {
    throw refusal(
      "reload-signal",
      `${reloadSignal} is what asks the child to stop (--stop-signal); use another one of HUP, USR1 and USR2`,
    );
  }
  if (!rewrites.has(reloadSignal)) return;
  throw refusal(
    "reload-signal",
    `--rewrite-signal says what ${reloadSignal} becomes for the child; leave one of them out`,
  );
}

/** Probes that our own listening sockets would answer, or an old child on them. */
function refuseOwnAnswers(
  { ready: { sign }, waitFor, strategy, listen }: Settings,
  refusal: Refusal,
): void {
  const ownOf = (probe: Probe) => {
    const endpoint = endpointOf(probe);
    const own = endpoint === undefined
      ? undefined
      : listen.find((address) => reaches(endpoint, address));
    return own === undefined ? undefined : describeAddress(own);
  };
  for (const probe of waitFor) {
    const own = ownOf(probe);
    if (own === undefined) continue;
    throw refusal(
      "wait-for",
      `${
        describeProbe(probe)
      } is what --listen ${own} opens, where nobody answers before the child is started`,
    );
  }
  if (sign === undefined || sign.kind === "log" || sign.kind === "notify") {
    return;
  }
  const own = ownOf(sign);
  if (own === undefined) return;
  if (sign.kind === "tcp") {
    throw refusal(
      "ready",
      `flush-manager itself accepts connections there (--listen ${own}), whether or not the child is ready; use http:, log:, file: or notify`,
    );
  }
  if (strategy === "overlap") {
    throw refusal(
      "ready",
      `in an overlap the old child answers there too (--listen ${own}); use log:, notify or file: with {run}`,
    );
  }
}

/**
 * Throws a UsageError for the first placeholder that has no value: it would
 * reach the program as it is.
 */
export function refuseUnfilled(
  settings: Settings,
  positionals: readonly string[],
): void {
  const { env, listen, check, onChange, ready, live, configs } = settings;
  const watched = configs.length - settings.environmentSources.length;
  const values = { config: Array(watched), listen };
  const texts = [
    ...positionals,
    ...env.values(),
    ...check.command ?? [],
    ...settings.beforeStart.command ?? [],
    ...settings.afterExit.command ?? [],
    ...argvOf(onChange),
    ...configs.flatMap(({ action }) => argvOf(action)),
    ...argvOf(ready.sign),
    ...ready.sign?.kind === "file" ? [ready.sign.path] : [],
    ...argvOf(live?.sign),
    ...live?.sign.kind === "file" ? [live.sign.path] : [],
  ];
  for (const text of texts) {
    const unfilled = firstWithoutValue(text, values);
    if (unfilled === undefined) continue;
    const [list, none] = unfilled.startsWith("{listen")
      ? ["listen", "there is no --listen"] as const
      : ["config", "nothing is watched"] as const;
    const { length } = values[list];
    const why = length === 0
      ? none
      : `the last --${list} is {${list}${length - 1}}`;
    throw new UsageError(`Cannot fill in ${unfilled}: ${why}`);
  }
}

const argvOf = (
  part: Action | ReadySign | LiveSign | undefined,
): readonly string[] => part?.kind === "exec" ? part.argv : [];
