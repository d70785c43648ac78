/** What saved contents are called, and what is in them. */
import { basename, resolve } from "../base/built_in.ts";
import type {
  Fingerprint,
  PathPrint,
} from "../../core/vocabulary/fingerprint.ts";
import { combine } from "../base/digest.ts";

/** What is compared of one path; a path that is a fault has none. */
export const identityOf = (print: PathPrint): string =>
  print.kind === "fault" ? "" : print.identity;

/** The name of a content. */
export const digestOf = (content: Fingerprint): string =>
  combine(content.map(identityOf));

/** The name of each path in every content: its own, with its index in front where two paths have the same. */
export function namesOf(paths: readonly string[]): readonly string[] {
  const plain = paths.map((path) => basename(resolve(path)));
  const indexed = plain.map((name, index) => `${index}-${name}`);
  const names = plain.map((name, index) =>
    plain.indexOf(name) === plain.lastIndexOf(name) ? name : indexed[index]
  );
  // A path may be called like the indexed name of another one.
  return new Set(names).size === names.length ? names : indexed;
}
