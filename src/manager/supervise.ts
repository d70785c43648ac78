/**
 * Puts the real system together for one manager: the host's parts, the event
 * loop between them, and the order in which they start. The child is started
 * before the watches are opened.
 */
import { fractionOf } from "../core/rules/spread.ts";
import * as messages from "../core/text/manager.ts";
import { configNeverUpdates, foundByReading } from "../core/text/watching.ts";
import { EXIT_CHECK_FAILED } from "../core/vocabulary/exit_status.ts";
import type { Finding } from "../core/vocabulary/finding.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Hook, HookRules, Settings } from "../core/vocabulary/settings.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import { pathsToWatch, withPatterns } from "../host/files/config_paths.ts";
import { isMountedFile } from "../host/files/mount.ts";
import { keepThread } from "../host/descriptor/input_wait.ts";
import type { Log } from "../host/log/log.ts";
import { Processes } from "../host/process/processes.ts";
import { becomeSubreaper, createReaper } from "../host/process/reaper.ts";
import {
  leadsTerminal,
  restoreModes,
  saveModes,
  sharesTerminal,
  writeFromBehind,
} from "../host/process/terminal.ts";
import { hearAll, subscribe } from "../host/signal/listeners.ts";
import { unblockSignals } from "../host/signal/mask.ts";
import { isOwn, type OwnSignal } from "../host/signal/write_signals.ts";
import { Verifier } from "../host/watch/verifier.ts";
import { makeWatchThread } from "../host/watch/watch_thread.ts";
import {
  createWatcher,
  type Watcher,
  type WatcherOptions,
} from "../host/watch/watcher.ts";
import type { ControlEndpoint } from "../control/open_control.ts";
import type { SettingsUser } from "../settings/settings_source.ts";
import { announcement } from "./announcement.ts";
import { applySettings } from "./apply_settings.ts";
import { controlAddresses, openControlFor } from "./control.ts";
import {
  followsReloads,
  openFollower,
  type ReloadFollower,
  untraced,
} from "./follower.ts";
import { Loop } from "./loop.ts";
import {
  type ReloadSystem,
  usesSafeReloads,
  withoutSafeReloads,
} from "./reload_system.ts";
import { type OnStep, openService, takeService } from "./service.ts";
import { System } from "./system.ts";

/** What a manager consists of. */
interface Manager {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: Log;
  readonly system: System;
  readonly loop: Loop;
  /**
   * Takes the statuses of all processes that have ended; call it on SIGCHLD.
   */
  readonly collect: () => void;
  /** Gets the watcher when it is made. */
  readonly onWatcher: (watcher: Watcher) => void;
}

/** Tells of every change of the settings file; returns what ends that. */
export type FollowSettings = (user: SettingsUser) => () => void;

/**
 * Runs one manager to its end; resolves to the exit code. `check` says what
 * `flush-manager check` says of these settings.
 */
export async function supervise(
  asked: Settings,
  log: Log,
  check: () => Promise<readonly Finding[]>,
  follow?: FollowSettings,
): Promise<number> {
  const settings = { ...asked, configs: withPatterns(asked.configs) };
  let current: Settings = settings;
  for (const message of announcement(settings)) log.write(message);
  const policy = policyOf(settings);
  if (settings.subreaper && becomeSubreaper() === "refused") {
    log.write(messages.subreaperUnavailable("prctl was refused"));
  }
  const reaper = createReaper({
    isManaged: (pid) => processes.isManaged(pid),
    onRefused: (errno) => log.write(messages.reapingUnavailable(errno)),
  });
  const processes: Processes = new Processes(reaper.reap);
  saveModes();
  const given = takeService(log.write);
  const dispatch: Loop["dispatch"] = (happening) => loop.dispatch(happening);
  const addresses = controlAddresses(settings.control, log.write);
  const safe = usesSafeReloads(settings);
  let follower: ReloadFollower | undefined;
  let reloads: ReloadSystem;
  try {
    if (followsReloads(settings)) {
      follower = await openFollower(settings, policy, log);
    }
    const tracing = follower?.tracing ?? untraced;
    if (safe) {
      // Opening what the child needs may take a while and may need libc, so
      // signals are unblocked first.
      unblock(log);
      const { openSafeReloads } = await import("./safe_reloads.ts");
      const { configs } = policy;
      const { write } = log;
      reloads = await openSafeReloads(
        { settings, configs, processes, log: write, dispatch, tracing },
      );
    } else reloads = withoutSafeReloads(settings, tracing);
  } catch (error) {
    return cannotBegin(log, error);
  }
  const system = new System({
    settings,
    policy,
    log: log.write,
    processes,
    reloads,
    dispatch,
    collect: () => collect(),
    onStalled: () => loop.catchUp(),
    beforeExit: reaper.reap,
  });
  const loop = new Loop(system, policy, {
    onDecided: follower?.onDecided,
    onStep: (taken) => {
      follower?.onPerformed();
      control?.onStep(taken);
      service?.(taken);
    },
  });
  let watcher: Watcher | undefined;
  let control: ControlEndpoint | undefined;
  let service: OnStep | undefined;
  try {
    if (given.tell !== undefined) {
      service = await openService(given, {
        policy,
        log: log.write,
        isTurning: () => !loop.isBusy,
      });
    }
    if (addresses.length > 0) {
      control = await openControlFor(addresses, {
        settings,
        current: () => current,
        policy,
        log,
        reaper,
        processes,
        model: () => loop.model,
        dispatch: (command) => loop.dispatch(command),
        watcher: () => watcher,
        snapshotFault: () => reloads.snapshotFault(),
        variables: reloads.variables,
        check,
      });
      log.follow((message) => control?.onLine(message));
    }
  } catch (error) {
    await reloads.close();
    return cannotBegin(log, error);
  }
  const collect = () => {
    processes.collect();
    reaper.reap();
  };
  // Both threads are made before the child exists, because it may use up all
  // threads that are allowed.
  keepThread();
  if (policy.configs.length > 0) makeWatchThread();
  subscribe((signal) => onSignal(signal, loop), collect);
  loop.dispatch({ kind: "begin" });
  const { hold } = settings;
  if (hold !== undefined) {
    loop.dispatch({ kind: "hold", reason: hold.reason, forMs: undefined });
  }
  // Uncaught errors and blocked signals are delivered only in the next turn of
  // the event loop, so installing these handlers after the child's start loses
  // nothing.
  catchBugs(loop);
  if (!safe) unblock(log);
  const unfollow = follow?.({
    apply: (next, before) => {
      current = next;
      applySettings(next, before, { log, loop, reloads, watcher });
    },
    log: log.write,
    onError: (error) => loop.dispatch({ kind: "bug", detail: String(error) }),
  });
  const onWatcher = (made: Watcher) => {
    watcher = made;
    // It may have been changed while the first look was waited for.
    const { pollIntervalMs } = current;
    if (pollIntervalMs !== settings.pollIntervalMs) {
      made.pollEvery(pollIntervalMs);
    }
  };
  await watch({ settings, policy, log, system, loop, collect, onWatcher });
  const code = await loop.done;
  restoreModes();
  unfollow?.();
  await control?.close();
  await Promise.all([reloads.close(), follower?.close()]);
  return code;
}

/** The line for the user, and the code to end with: nothing was started. */
function cannotBegin(log: Log, error: unknown): number {
  const why = error instanceof Error ? error.message : String(error);
  log.write(messages.cannotBegin(why));
  return EXIT_CHECK_FAILED;
}

/**
 * Watches for changes, for the less common signals and for orphans. Begins when
 * the paths have been looked at for the first child.
 */
async function watch(
  { settings, policy, log, system, loop, collect, onWatcher }: Manager,
): Promise<void> {
  try {
    if (loop.model.state.kind === "preparing") {
      await Promise.race([system.looked, loop.done]);
    }
    hearAll();
    if (leadsTerminal()) writeFromBehind();
    collect();
    const { configs } = policy;
    const { pollIntervalMs, ignore } = settings;
    for (const { path } of configs) {
      if (isMountedFile(path)) log.write(configNeverUpdates(path));
    }
    if (loop.model.state.kind === "done") return;
    const onHint: WatcherOptions["onHint"] = (cause) => {
      // A SIGCHLD can be lost, so each poll collects ended processes too.
      if (cause === "poll") collect();
      loop.dispatch({ kind: "hint", cause });
    };
    const { write } = log;
    const watcher = createWatcher(
      { configs, ignore, pollIntervalMs, log: write, onHint },
    );
    onWatcher(watcher);
    await watcher.start();
    if (configs.length === 0) setInterval(collect, pollIntervalMs);
    verify(settings, log, system, loop);
  } catch (error) {
    // A child may be running. The event `bug` stops it before the manager ends.
    loop.dispatch({ kind: "bug", detail: String(error) });
  }
}

/** Starts the verifier, unless it is switched off or could find nothing. */
function verify(
  { configs, compare, verifyIntervalMs }: Settings,
  log: Log,
  system: System,
  loop: Loop,
): void {
  if (configs.length === 0 || compare !== "content") return;
  if (verifyIntervalMs === 0) return;
  new Verifier({
    intervalMs: verifyIntervalMs,
    verify: (bytes) => system.verify(bytes),
    onFound: (path, count) => {
      log.write(foundByReading(path, count));
      loop.dispatch({ kind: "hint", cause: "event" });
    },
    onError: (error) => loop.dispatch({ kind: "bug", detail: String(error) }),
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
    hasCheck: check.command !== undefined,
    beforeStart: hookOf(settings.beforeStart),
    afterExit: hookOf(settings.afterExit),
    waitTimeoutMs: waitFor.length > 0 ? settings.waitTimeoutMs : undefined,
    splayMs: settings.splayMs === 0
      ? 0
      : Math.round(settings.splayMs * fractionOf(Deno.hostname())),
    foreground: sharesTerminal(),
    seed: Math.floor(Math.random() * 2 ** 32),
  };
}

const hookOf = ({ command, timeoutMs }: HookRules): Hook | undefined =>
  command === undefined ? undefined : { command, timeoutMs };

/** Unblocks the signals that our parent process may have blocked. */
function unblock(log: Log): void {
  if (!unblockSignals()) log.write(messages.libcUnavailable());
}

/** Makes an uncaught error stop the child before it ends the manager. */
function catchBugs(loop: Loop): void {
  const report = (event: Event, error: unknown) => {
    event.preventDefault();
    loop.dispatch({ kind: "bug", detail: String(error) });
  };
  addEventListener("error", (event) => report(event, event.error));
  addEventListener(
    "unhandledrejection",
    (event) => report(event, event.reason),
  );
}

function onSignal(signal: Signal, loop: Loop): void {
  if (signal === "SIGPIPE" || signal === "SIGXFSZ") {
    void dispatchUnlessOwn(signal, loop);
  } else loop.dispatch({ kind: "signal", signal });
}

/**
 * Dispatches the signal unless one of our own writes has raised it: such a
 * signal is not meant for the child.
 */
async function dispatchUnlessOwn(signal: OwnSignal, loop: Loop): Promise<void> {
  if (!await isOwn(signal)) loop.dispatch({ kind: "signal", signal });
}
