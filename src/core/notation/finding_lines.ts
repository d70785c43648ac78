/** The report of `flush-manager check` as text. Pure. */
import type { Finding } from "../vocabulary/finding.ts";
import { oneLine } from "./one_line.ts";

/** A line each. */
export const findingLines = (findings: readonly Finding[]): string =>
  findings.map(({ kind, text }) => `${kind}: ${oneLine(text)}\n`).join("");
