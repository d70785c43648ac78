/** What the demo has measured, and how it is shown beside each other. */
import type { Cost } from "./requests.ts";

/** What the two ways to restart have cost a client. */
export interface Outcome {
  readonly plain: Cost;
  readonly overlap: Cost;
}

/** A duration as the demo shows it. */
export const ms = (value: number) => `${Math.round(value)} ms`;

/** A row for each way; the first one is the header. */
export const rowsOf = ({ plain, overlap }: Outcome): string[][] => [
  ["the same change", "requests", "lost", "longest time between two answers"],
  ["plain restart", ...cells(plain)],
  ["--listen and --strategy overlap", ...cells(overlap)],
];

const cells = ({ requests, lost, gapMs }: Cost) => [
  String(requests),
  String(lost),
  ms(gapMs),
];
