/**
 * Opens what reloads need before the first child is started: safe ones, where an
 * option asks for them, and what follows all of them.
 */
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Log } from "../host/log/log.ts";
import type { Processes } from "../host/process/processes.ts";
import {
  followsReloads,
  openFollower,
  type ReloadFollower,
  untraced,
} from "./follower.ts";
import type { Loop } from "./loop.ts";
import {
  type ReloadSystem,
  usesSafeReloads,
  withoutSafeReloads,
} from "./reload_system.ts";
import { unblock } from "./signals.ts";

export interface ReloadOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: Log;
  readonly processes: Processes;
  readonly dispatch: Loop["dispatch"];
}

export interface OpenReloads {
  readonly reloads: ReloadSystem;
  /** Undefined where nothing follows them. */
  readonly follower: ReloadFollower | undefined;
}

/** Rejects with an Error with one line for the user where something cannot be opened. */
export async function openReloads(
  { settings, policy, log, processes, dispatch }: ReloadOptions,
): Promise<OpenReloads> {
  const follower = followsReloads(settings)
    ? await openFollower(settings, policy, log)
    : undefined;
  const tracing = follower?.tracing ?? untraced;
  if (!usesSafeReloads(settings)) {
    return { reloads: withoutSafeReloads(settings, tracing), follower };
  }
  // Opening what the child needs may take a while and may need libc, so signals
  // are unblocked first.
  unblock(log.write);
  const { openSafeReloads } = await import("./safe_reloads.ts");
  const { configs } = policy;
  const { write } = log;
  const reloads = await openSafeReloads(
    { settings, configs, processes, log: write, dispatch, tracing },
  );
  return { reloads, follower };
}
