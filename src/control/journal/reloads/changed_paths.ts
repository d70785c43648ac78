/** Which watched paths a reload is about. Pure. */
import {
  againstBase,
  type Fingerprint,
} from "../../../core/vocabulary/fingerprint.ts";

/** The names of those whose content differs. The same value as `known` if it has the same names. */
export function changedPaths(
  names: readonly string[],
  base: Fingerprint,
  content: Fingerprint,
  known: readonly string[],
): readonly string[] {
  const changed = names.filter((_, at) => {
    const had = base[at];
    const seen = content[at];
    if (had === undefined || seen === undefined) return false;
    if (againstBase(had, seen).kind === "fault") return false;
    return identityOf(had) !== identityOf(seen);
  });
  const isSame = changed.length === known.length &&
    changed.every((name, at) => name === known[at]);
  return isSame ? known : changed;
}

const identityOf = (print: Fingerprint[number]): string | undefined =>
  print.kind === "fault" ? undefined : print.identity;
