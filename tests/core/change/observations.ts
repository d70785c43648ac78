/** Plays scripts of observations to the debounce. */
import { assess } from "../../../src/core/change/debounce.ts";
import type { QuietRule } from "../../../src/core/change/quiet_window.ts";
import type { Change } from "../../../src/core/vocabulary/change.ts";
import type { PathHealth } from "../../../src/core/vocabulary/model.ts";
import type { Cause } from "../../../src/core/vocabulary/observation.ts";
import {
  type Fingerprint,
  type PathPrint,
  provisionalIdentity,
} from "../../../src/core/vocabulary/fingerprint.ts";

export const RULE: QuietRule = {
  paths: ["/c"],
  written: ["/c"],
  windowMs: 500,
  maxMs: 5_000,
  emptyMs: 5_000,
  growingMs: 60_000,
  trustReplacement: false,
  savesContent: false,
};
export const MISSING: PathPrint = {
  kind: "fault",
  fault: "missing",
  detail: "does not exist",
};

type Found = Exclude<PathPrint, { kind: "fault" }>;

/** Other content has other metadata, read or not. */
export function file(identity: string, size = 10, mtimeMs = 0, ino = 1): Found {
  const content = identity.replace(provisionalIdentity(""), "");
  const metadata = `${content}:${ino}:${size}:${mtimeMs}`;
  return { kind: "file", identity, metadata, dev: 1, ino, size, mtimeMs };
}

export const directory = (identity: string): Found => ({
  ...file(identity),
  kind: "directory",
});

export type Line = readonly [
  at: number,
  print: PathPrint,
  depth?: "metadata",
  cause?: Cause,
];

/** Plays observations against a base; returns each stage and all log texts. */
export function play(
  base: PathPrint,
  lines: readonly Line[],
  first: Change = { kind: "settled" },
  rule: QuietRule = RULE,
) {
  let change = first;
  let health: readonly PathHealth[] = [{ kind: "ok" }];
  const stages: string[] = [];
  const texts: string[] = [];
  const looks: (number | undefined)[] = [];
  for (const [at, print, depth, cause = "event"] of lines) {
    const fingerprint: Fingerprint = [print];
    const seen = {
      at,
      fingerprint,
      depth: depth ?? "content",
      cause,
      unread: [],
    } as const;
    const result = assess(change, health, [base], seen, rule);
    ({ change, health } = result);
    stages.push(result.stage);
    texts.push(...result.log.map(({ text }) => text));
    looks.push(result.nextLookAt);
  }
  return { stages, texts, looks, change, health };
}
