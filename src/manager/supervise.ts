/**
 * Puts the real system together for one manager: the host's parts, the event
 * loop between them, and the order in which they start. The child is started
 * before the watches are opened.
 */
import * as messages from "../core/text/manager.ts";
import { EXIT_CHECK_FAILED } from "../core/vocabulary/exit_status.ts";
import type { SlotAnswer } from "../core/vocabulary/event.ts";
import type { Finding } from "../core/vocabulary/finding.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Fleet } from "../fleet/slots/fleet.ts";
import { withPatterns } from "../host/fingerprint/config_paths.ts";
import { keepThread } from "../host/descriptor/input_wait.ts";
import type { Log } from "../host/log/log.ts";
import { Processes } from "../host/process/processes.ts";
import { becomeSubreaper, createReaper } from "../host/process/reaper.ts";
import { restoreModes, saveModes } from "../host/process/terminal.ts";
import { hasServiceManager } from "../host/ready/service_presence.ts";
import { subscribe } from "../host/signal/listeners.ts";
import { makeWatchThread } from "../host/watch/watch_thread.ts";
import type { Watcher } from "../host/watch/watcher.ts";
import type { ControlEndpoint } from "../control/open_control.ts";
import type { SettingsUser } from "../settings/settings_source.ts";
import { announcement } from "./announcement.ts";
import { applySettings } from "./apply_settings.ts";
import { controlAddresses } from "./control_addresses.ts";
import {
  followsReloads,
  openFollower,
  type ReloadFollower,
} from "./follower.ts";
import { Loop } from "./loop.ts";
import { NO_SLOTS, slotsOf } from "./slot_effects.ts";
import { openReloads } from "./open_reloads.ts";
import { policyOf } from "./policy.ts";
import {
  type ReloadSystem,
  untraced,
  usesSafeReloads,
} from "./reloads/reload_system.ts";
import type { OnStep } from "./service.ts";
import { catchBugs, onSignal, unblock } from "./signals.ts";
import { System } from "./system.ts";
import { watch } from "./watching.ts";

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
  const settings = withPatterns(asked);
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
  const services = hasServiceManager(Deno.env)
    ? await import("./service.ts")
    : undefined;
  const given = services?.takeService(log.write);
  const dispatch: Loop["dispatch"] = (happening) => loop.dispatch(happening);
  const addresses = controlAddresses(settings.control, log.write);
  const isFollowed = followsReloads(settings) || addresses.length > 0 ||
    given?.tell !== undefined;
  let follower: ReloadFollower | undefined;
  let reloads: ReloadSystem;
  let fleet: Fleet | undefined;
  try {
    fleet = await fleetOf(settings, dispatch, log);
    if (isFollowed) follower = await openFollower(settings, policy, log);
    const tracing = follower?.tracing ?? untraced;
    reloads = await openReloads(
      { settings, policy, log, processes, dispatch, tracing },
    );
  } catch (error) {
    await Promise.all([follower?.close(), fleet?.close()]);
    return cannotBegin(log, error);
  }
  const system = new System({
    settings,
    policy,
    log: log.write,
    processes,
    reloads,
    slots: fleet === undefined ? NO_SLOTS : slotsOf(fleet),
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
    if (given !== undefined && follower !== undefined) {
      service = services?.openService(given, {
        policy,
        recorder: follower.recorder,
        log: log.write,
        isTurning: () => !loop.isBusy,
      });
    }
    if (addresses.length > 0 && follower !== undefined) {
      const { openControlFor } = await import("./control.ts");
      control = await openControlFor(addresses, {
        settings,
        current: () => current,
        log,
        reaper,
        processes,
        model: () => loop.model,
        dispatch: (command) => loop.dispatch(command),
        recorder: follower.recorder,
        fleet,
        watcher: () => watcher,
        snapshotFault: () => reloads.snapshotFault(),
        variables: () => reloads.variables(),
        check,
      });
      log.follow((message) => control?.onLine(message));
    }
  } catch (error) {
    await Promise.all([reloads.close(), follower?.close(), fleet?.close()]);
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
  if (!usesSafeReloads(settings)) unblock(log.write);
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
  const { write } = log;
  await watch(
    { settings, policy, log: write, system, loop, collect, onWatcher },
  );
  const code = await loop.done;
  restoreModes();
  unfollow?.();
  await control?.close();
  await Promise.all([reloads.close(), follower?.close(), fleet?.close()]);
  return code;
}

/** The fleet that this manager takes turns with; undefined: it reloads on its own. */
async function fleetOf(
  { fleet: rules }: Settings,
  answer: (answer: SlotAnswer) => void,
  log: Log,
): Promise<Fleet | undefined> {
  if (rules === undefined) return undefined;
  const { openFleet } = await import("../fleet/open_fleet.ts");
  return openFleet({ rules, answer }, log.write);
}

/** The line for the user, and the code to end with: nothing was started. */
function cannotBegin(log: Log, error: unknown): number {
  const why = error instanceof Error ? error.message : String(error);
  log.write(messages.cannotBegin(why));
  return EXIT_CHECK_FAILED;
}
