/**
 * A child that had to wait too long for a first look was started before all of
 * its content was read. Decides whether what is read later is what was there at
 * the start. Pure.
 */
import {
  type Fingerprint,
  isProvisional,
  type PathPrint,
} from "../vocabulary/fingerprint.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Observation } from "../vocabulary/observation.ts";

/**
 * The baseline, with the content of the paths that were read only now, if their
 * metadata are still what they were; with other metadata the content counts as
 * changed. The same value if there is nothing to take in.
 */
export function withReading(
  baseline: Fingerprint,
  { fingerprint, unread }: Observation,
): Fingerprint {
  const isNew = (had: PathPrint, path: number): boolean =>
    isReading(had, fingerprint[path]) &&
    !unread.some((other) => other.path === path);
  return baseline.some(isNew)
    ? baseline.map((had, path) => isNew(had, path) ? fingerprint[path] : had)
    : baseline;
}

/** The same for what outlives a child. */
export const withReadings = (
  { lastBaseline, stable }: Pick<Model, "lastBaseline" | "stable">,
  seen: Observation,
): Pick<Model, "lastBaseline" | "stable"> => ({
  lastBaseline: lastBaseline && withReading(lastBaseline, seen),
  stable: stable && withReading(stable, seen),
});

function isReading(had: PathPrint, seen: PathPrint): boolean {
  if (had.kind === "fault" || seen.kind !== had.kind) return false;
  return isProvisional(had.identity) && !isProvisional(seen.identity) &&
    had.metadata === seen.metadata;
}
