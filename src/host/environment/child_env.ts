/** Tells the child why it was started, in its environment. */
import type {
  Fingerprint,
  PathPrint,
} from "../../core/vocabulary/fingerprint.ts";
import { isProvisional } from "../../core/vocabulary/fingerprint.ts";
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
import { combine } from "../base/digest.ts";
import { changedVariable } from "./changed_variable.ts";

/** How two contents are compared, and the absolute path of each watched one. */
export interface WatchedContent {
  readonly compare: Compare;
  readonly watched: readonly string[];
}

/**
 * Always sets FLUSH_MANAGER_REASON (start, config, crash, liveness, rollback or
 * request), _RELOAD_COUNT (how often a changed configuration was put into
 * effect) and _CHANGED (see `changedVariable`).
 * Sets _CONFIG_SHA256 for the content that the child is started on, and
 * _PREVIOUS_SHA256 for that of the child before it, if content is compared and
 * could be read. The digest of a single file is that of its bytes; the digest
 * of a directory or of several paths is made from their digests.
 */
export function childEnvironment(
  { reason, reloads, baseline, previous }: Omit<Occasion, "saved" | "beside">,
  { compare, watched }: WatchedContent,
): Record<string, string> {
  const env: Record<string, string> = {
    FLUSH_MANAGER_REASON: reason,
    FLUSH_MANAGER_RELOAD_COUNT: String(reloads),
    ...changedVariable(watched, previous, baseline),
  };
  if (compare !== "content") return env;
  const digest = digestOf(baseline);
  if (digest !== undefined) env.FLUSH_MANAGER_CONFIG_SHA256 = digest;
  const earlier = previous === undefined ? undefined : digestOf(previous);
  if (earlier !== undefined) env.FLUSH_MANAGER_PREVIOUS_SHA256 = earlier;
  return env;
}

function digestOf(fingerprint: Fingerprint): string | undefined {
  if (fingerprint.length === 0) return undefined;
  const identities = fingerprint.map((print) =>
    print.kind === "fault" ? "" : print.identity
  );
  if (identities.every((identity) => identity === "")) return undefined;
  if (identities.some(isProvisional)) return undefined;
  const isCoarse = (print: PathPrint) =>
    print.kind !== "fault" && print.coarse !== undefined;
  if (fingerprint.some(isCoarse)) return undefined;
  if (identities.length === 1) return identities[0];
  return combine(identities);
}
