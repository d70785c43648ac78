/** From the settings, and what the system is like, to the policy of the core. */
import { fractionOf } from "../core/rules/spread.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Hook, HookRules, Settings } from "../core/vocabulary/settings.ts";
import { pathsToWatch } from "../host/fingerprint/config_paths.ts";
import { sharesTerminal } from "../host/process/terminal.ts";

/** Call it once, before the first child: the terminal is looked at. */
export function policyOf(settings: Settings): Policy {
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
