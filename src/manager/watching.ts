/**
 * What a manager watches once its first child is on its way: the paths, by
 * events, polls and repeated reading, and the signals that no start waits for.
 */
import { configNeverUpdates, foundByReading } from "../core/text/watching.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { isMountedFile } from "../host/files/mount.ts";
import { leadsTerminal, writeFromBehind } from "../host/process/terminal.ts";
import { hearAll } from "../host/signal/listeners.ts";
import { Verifier } from "../host/watch/verifier.ts";
import {
  createWatcher,
  type Watcher,
  type WatcherOptions,
} from "../host/watch/watcher.ts";
import type { Loop } from "./loop.ts";
import type { System } from "./system.ts";

/** Of one manager. */
export interface Watching {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: (message: Message) => void;
  readonly system: System;
  readonly loop: Loop;
  /**
   * Takes the statuses of all processes that have ended; call it on SIGCHLD.
   */
  readonly collect: () => void;
  /** Gets the watcher when it is made. */
  readonly onWatcher: (watcher: Watcher) => void;
}

/**
 * Watches for changes, for the less common signals and for orphans. Begins when
 * the paths have been looked at for the first child. Never rejects.
 */
export async function watch(
  { settings, policy, log, system, loop, collect, onWatcher }: Watching,
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
      if (isMountedFile(path)) log(configNeverUpdates(path));
    }
    if (loop.model.state.kind === "done") return;
    const onHint: WatcherOptions["onHint"] = (cause) => {
      // A SIGCHLD can be lost, so each poll collects ended processes too.
      if (cause === "poll") collect();
      loop.dispatch({ kind: "hint", cause });
    };
    const watcher = createWatcher(
      { configs, ignore, pollIntervalMs, log, onHint },
    );
    onWatcher(watcher);
    await watcher.start();
    if (configs.length === 0) setInterval(collect, pollIntervalMs);
    verify({ settings, log, system, loop });
  } catch (error) {
    // A child may be running. The event `bug` stops it before the manager ends.
    loop.dispatch({ kind: "bug", detail: String(error) });
  }
}

/** Starts the verifier, unless it is switched off or could find nothing. */
function verify(
  { settings, log, system, loop }: Pick<
    Watching,
    "settings" | "log" | "system" | "loop"
  >,
): void {
  const { configs, compare, verifyIntervalMs } = settings;
  if (configs.length === 0 || compare !== "content") return;
  if (verifyIntervalMs === 0) return;
  new Verifier({
    intervalMs: verifyIntervalMs,
    verify: (bytes) => system.verify(bytes),
    onFound: (path, count) => {
      log(foundByReading(path, count));
      loop.dispatch({ kind: "hint", cause: "event" });
    },
    onError: (error) => loop.dispatch({ kind: "bug", detail: String(error) }),
  });
}
