/**
 * Puts the real system together for one manager: the host's parts, the event
 * loop between them, and the order in which they start. The child comes first;
 * whatever it does not need waits until it runs.
 */
import { App } from "./loop.ts";
import { EXIT_CHECK_FAILED } from "../core/vocabulary/exit_status.ts";
import { fractionOf } from "../core/rules/spread.ts";
import { opening } from "../core/states/opening.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import * as messages from "../core/text/manager.ts";
import { pathsToWatch } from "../host/files/config_paths.ts";
import type { Log } from "../host/log/log.ts";
import type { OwnSignal } from "../host/signal/write_signals.ts";
import type { Processes } from "../host/process/processes.ts";
import { Reaping } from "../host/process/reaping.ts";
import { hearAll, subscribe } from "../host/signal/listeners.ts";
import { unblockSignals } from "../host/signal/mask.ts";
import {
  leadsTerminal,
  sharesTerminal,
  writeFromBehind,
} from "../host/process/terminal.ts";
import { isPlain, plainProvisions, type Provisions } from "./plain.ts";
import { System } from "./system.ts";

/** A start that takes longer is not done without a line. */
const SLOW_START_MS = 10;

/** Runs one manager to its end; resolves to the exit code. */
export async function supervise(settings: Settings, log: Log): Promise<number> {
  const policy = policyOf(settings);
  if (settings.subreaper) {
    const { becomeSubreaper } = await import("../host/process/subreaper.ts");
    if (becomeSubreaper() === "refused") {
      log.write(messages.subreaperUnavailable("prctl was refused"));
    }
  }
  const reaping = new Reaping();
  const { processes } = reaping;
  const plain = isPlain(settings);
  let provisions: Provisions;
  try {
    if (plain) provisions = plainProvisions(settings);
    else {
      log.open();
      // What is opened for the child may take a while, and may need a libc.
      unblock(log);
      provisions = await provideFor(
        settings,
        policy,
        log,
        processes,
        (happening) => app.dispatch(happening),
      );
    }
  } catch (error) {
    log.write(
      messages.cannotBegin(error instanceof Error ? error.message : `${error}`),
    );
    return EXIT_CHECK_FAILED;
  }
  const system = new System({
    settings,
    policy,
    log: log.write,
    processes,
    provisions,
    dispatch: (happening) => app.dispatch(happening),
    beforeExit: reaping.orphans,
  });
  const app = new App(
    system,
    policy,
    opening,
    async () => (await system.load()).step,
  );
  subscribe((signal) => onSignal(signal, app), reaping.all);
  app.dispatch({ kind: "begin" });
  // With nothing to look at the child runs by now. An error that nobody catches
  // and a signal that was blocked wait for the next turn of the event loop anyway.
  catchBugs(app);
  if (plain) unblock(log);
  await attend({ settings, policy, log, reaping, system, app });
  const code = await app.done;
  await provisions.close();
  return code;
}

/** What a manager consists of. */
interface Manager {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: Log;
  readonly reaping: Reaping;
  readonly system: System;
  readonly app: App;
}

/** What the child does not wait for is not even parsed before it runs. */
async function attend(
  { settings, policy, log, reaping, system, app }: Manager,
): Promise<void> {
  try {
    if (app.model.state.kind === "preparing") {
      const slow = setTimeout(log.open, SLOW_START_MS);
      await Promise.race([system.looked, app.done]);
      clearTimeout(slow);
    }
    log.open();
    hearAll();
    if (leadsTerminal()) writeFromBehind();
    const { createReaper, rehearse, watch } = await system.load();
    if (Deno.pid === 1 || settings.subreaper) reaping.begin(createReaper);
    reaping.all();
    const { configs } = policy;
    const { pollIntervalMs } = settings;
    const watched = { configs, pollIntervalMs, log: log.write };
    await watch(app, watched, reaping.all);
    if (app.model.state.kind === "running") rehearse(policy);
  } catch (error) {
    // There may be a child, which must not be left alone.
    app.dispatch({ kind: "bug", detail: String(error) });
  }
}

/** Loads and opens what only some managers need. */
async function provideFor(
  settings: Settings,
  { configs }: Policy,
  log: Log,
  processes: Processes,
  dispatch: App["dispatch"],
): Promise<Provisions> {
  const { provide } = await import("./reload_system.ts");
  return await provide({
    settings,
    configs,
    processes,
    log: log.write,
    dispatch,
  });
}

function policyOf(settings: Settings): Policy {
  const { check, snapshotDir, environmentSources, waitFor } = settings;
  const configs = pathsToWatch(settings.configs);
  const snapshots = snapshotDir !== undefined && configs.length > 0;
  const vets = check.command !== undefined || snapshots ||
    environmentSources.length > 0;
  return {
    ...settings,
    configs,
    snapshots,
    vetting: vets ? { atStart: check.atStart } : undefined,
    waitTimeoutMs: waitFor.length > 0 ? settings.waitTimeoutMs : undefined,
    splayMs: settings.splayMs === 0
      ? 0
      : Math.round(settings.splayMs * fractionOf(Deno.hostname())),
    foreground: sharesTerminal(),
    seed: Math.floor(Math.random() * 2 ** 32),
  };
}

/** Hears what our parent may have blocked. */
function unblock(log: Log): void {
  if (!unblockSignals()) log.write(messages.libcUnavailable());
}

/** An error that nobody caught stops the child before it ends us. */
function catchBugs(app: App): void {
  const report = (event: Event, error: unknown) => {
    event.preventDefault();
    app.dispatch({ kind: "bug", detail: String(error) });
  };
  addEventListener("error", (event) => report(event, event.error));
  addEventListener(
    "unhandledrejection",
    (event) => report(event, event.reason),
  );
}

function onSignal(signal: Signal, app: App): void {
  if (signal === "SIGPIPE" || signal === "SIGXFSZ") {
    void dispatchUnlessOwn(signal, app);
  } else app.dispatch({ kind: "signal", signal });
}

/** What our own writes raise is not meant for the child. */
async function dispatchUnlessOwn(signal: OwnSignal, app: App): Promise<void> {
  const { isOwn } = await import("../host/signal/write_signals.ts");
  if (!await isOwn(signal)) app.dispatch({ kind: "signal", signal });
}
