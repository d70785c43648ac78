/** What the paths hold, by the looks so far. Pure. */
import {
  type Fingerprint,
  isProvisional,
  type PathPrint,
} from "../../../core/vocabulary/fingerprint.ts";

/** What is known after a look that has found `found`. The same value if nothing is new in it. */
export function withSeen(
  known: Fingerprint | undefined,
  found: Fingerprint,
): Fingerprint {
  if (known === undefined) return found;
  const seen = found.map((print, at) => newer(known[at], print));
  return seen.every((print, at) => print === known[at]) ? known : seen;
}

/** A look at metadata alone does not read a large file; what was read of it before stands while those are the same. */
function newer(known: PathPrint, found: PathPrint): PathPrint {
  if (known.kind === "fault" || found.kind === "fault") {
    const isSame = known.kind === "fault" && found.kind === "fault" &&
      known.fault === found.fault && known.detail === found.detail;
    return isSame ? known : found;
  }
  const isKnown = known.metadata === found.metadata &&
    (known.identity === found.identity || isProvisional(found.identity));
  return isKnown ? known : found;
}
