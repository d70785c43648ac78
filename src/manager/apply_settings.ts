/** Puts into effect what a changed settings file says and a running manager can take. */
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Log } from "../host/log/log.ts";
import type { Watcher } from "../host/watch/watcher.ts";
import type { Loop } from "./loop.ts";
import type { ReloadSystem } from "./reloads/reload_system.ts";

/** The parts of a manager that settings are given to. */
export interface Tunable {
  readonly log: Pick<Log, "setLevel">;
  readonly loop: Pick<Loop, "dispatch" | "model">;
  readonly reloads: Pick<ReloadSystem, "setCheck">;
  /** Undefined until it is made. */
  readonly watcher: Pick<Watcher, "pollEvery"> | undefined;
}

/** Only what is other than before is given on: an operator may have changed the rest meanwhile. */
export function applySettings(
  next: Settings,
  before: Settings,
  { log, loop, reloads, watcher }: Tunable,
): void {
  if (next.logLevel !== before.logLevel) log.setLevel(next.logLevel);
  if (next.pollIntervalMs !== before.pollIntervalMs) {
    watcher?.pollEvery(next.pollIntervalMs);
  }
  reloads.setCheck(next.check);
  const { debounceMs, trustReplacement, debounceMaxMs } = next;
  const isTuned = debounceMs !== before.debounceMs ||
    trustReplacement !== before.trustReplacement ||
    debounceMaxMs !== before.debounceMaxMs;
  if (isTuned) {
    const tuning = { debounceMs, trustReplacement, debounceMaxMs };
    loop.dispatch({ kind: "settings", tuning });
  }
  applyHold(next.hold, before.hold, loop);
}

function applyHold(
  next: Settings["hold"],
  before: Settings["hold"],
  loop: Tunable["loop"],
): void {
  const isOther = next?.reason !== before?.reason ||
    (next === undefined) !== (before === undefined);
  if (!isOther) return;
  if (next !== undefined) {
    loop.dispatch({ kind: "hold", reason: next.reason, forMs: undefined });
  } else if (loop.model.gate.kind === "held") {
    loop.dispatch({ kind: "resume" });
  }
}
