/** Opens what reloads need before the first child is started: safe ones, where an option asks for them. */
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Log } from "../host/log/log.ts";
import type { Processes } from "../host/process/processes.ts";
import type { Loop } from "./loop.ts";
import {
  type ReloadSystem,
  type Tracing,
  usesSafeReloads,
  withoutSafeReloads,
} from "./reloads/reload_system.ts";
import { unblock } from "./signals.ts";

export interface ReloadOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: Log;
  readonly processes: Processes;
  readonly dispatch: Loop["dispatch"];
  readonly tracing: Tracing;
}

/** Rejects with an Error with one line for the user where something cannot be opened. */
export async function openReloads(
  { settings, policy, log, processes, dispatch, tracing }: ReloadOptions,
): Promise<ReloadSystem> {
  if (!usesSafeReloads(settings)) return withoutSafeReloads(settings, tracing);
  // Opening what the child needs may take a while and may need libc, so signals
  // are unblocked first.
  unblock(log.write);
  const { openSafeReloads } = await import("./reloads/safe_reloads.ts");
  const { configs } = policy;
  const { write } = log;
  return await openSafeReloads(
    { settings, configs, processes, log: write, dispatch, tracing },
  );
}
