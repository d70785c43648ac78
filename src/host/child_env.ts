/** Tells the child why it was started, in its environment. */
import { type Fingerprint, isProvisional } from "../core/fingerprint.ts";
import type { Occasion } from "../core/effect.ts";
import type { Compare } from "../core/settings.ts";
import { combine } from "./fingerprint.ts";

/**
 * FLUSH_MANAGER_REASON (start, config, crash, rollback or request) and _RELOAD_COUNT (restarts
 * because of a changed configuration) always; _CONFIG_SHA256 of what it is
 * started on, and _PREVIOUS_SHA256 of what the child before it was, where
 * content is compared and there is any. The digest of a single file is that of
 * its bytes; of a directory or several paths, of their digests.
 */
export function childEnvironment(
  { reason, reloads, baseline, previous }: Omit<Occasion, "saved">,
  compare: Compare,
): Record<string, string> {
  const digest = (fingerprint: Fingerprint | undefined) =>
    compare === "content" ? digestOf(fingerprint ?? []) : undefined;
  const entries = [
    ["REASON", reason],
    ["RELOAD_COUNT", String(reloads)],
    ["CONFIG_SHA256", digest(baseline)],
    ["PREVIOUS_SHA256", digest(previous)],
  ] as const;
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value === undefined ? [] : [[`FLUSH_MANAGER_${name}`, value]]
    ),
  );
}

function digestOf(fingerprint: Fingerprint): string | undefined {
  const identities = fingerprint.map((print) =>
    print.kind === "fault" ? "" : print.identity
  );
  if (identities.every((identity) => identity === "")) return undefined;
  if (identities.some(isProvisional)) return undefined;
  if (identities.length === 1) return identities[0];
  return combine(identities);
}
