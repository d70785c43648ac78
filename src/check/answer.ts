/** The answer of `flush-manager check`: what it prints, and the code that it ends with. */
import type { Resolved } from "../cli/command_line.ts";
import type { UnknownVariable } from "../cli/unknown_variables.ts";
import { findingLines } from "../core/notation/finding_lines.ts";
import { oneLine } from "../core/notation/one_line.ts";
import { variableUnknown } from "../core/text/manager.ts";
import {
  exitCodeOfCheck,
  fault,
  type Finding,
  note,
} from "../core/vocabulary/finding.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import {
  mergedJson,
  mergedLines,
  mergedSettings,
  overruled,
} from "./merged.ts";
import { check } from "./report.ts";

/** `unknown`: the variables that look like ours and are not. */
export async function answerOfCheck(
  { settings, given, program, file, output }: Extract<
    Resolved,
    { kind: "check" }
  >,
  unknown: readonly UnknownVariable[],
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

/**
 * The report on these settings, with a fault for each misspelt variable. One that
 * resembles none of ours may be somebody else's, and is only noted.
 */
export async function findingsOf(
  settings: Settings,
  unknown: readonly UnknownVariable[],
): Promise<Finding[]> {
  const findings = await check(settings);
  return [...findings, ...unknown.map(findingOn)];
}

const findingOn = ({ name, meant }: UnknownVariable): Finding =>
  meant === undefined
    ? note(
      `Environment variable ${
        oneLine(name)
      } is unknown and has no effect; see --help for the options`,
    )
    : fault(variableUnknown(name, meant).text);
