/** The answer of `flush-manager check`: what it prints, and the code that it ends with. */
import type { Resolved } from "../cli/command_line.ts";
import { findingLines } from "../core/notation/finding_lines.ts";
import {
  exitCodeOfCheck,
  fault,
  type Finding,
} from "../core/vocabulary/finding.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import {
  mergedJson,
  mergedLines,
  mergedSettings,
  overruled,
} from "./merged.ts";
import { check } from "./report.ts";

/** `unknown`: what is said of variables that look like ours. */
export async function answerOfCheck(
  { settings, given, program, file, output }: Extract<
    Resolved,
    { kind: "check" }
  >,
  unknown: readonly Message[],
): Promise<{ readonly text: string; readonly code: number }> {
  const merged = mergedSettings(given, program, file);
  const findings = [
    ...await findingsOf(settings, unknown),
    ...overruled(file, merged),
  ];
  const text = output === "json"
    ? mergedJson(findings, merged)
    : findingLines(findings) + mergedLines(merged);
  return { text, code: exitCodeOfCheck(findings) };
}

/** The report on these settings, with a fault for each unknown variable. */
export async function findingsOf(
  settings: Settings,
  unknown: readonly Message[],
): Promise<Finding[]> {
  const findings = await check(settings);
  return [...findings, ...unknown.map(({ text }) => fault(text))];
}
