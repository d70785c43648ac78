/** What repeated runs of the tests have shown, as Markdown. Pure. */
import { grid } from "../evidence_report.ts";
import { type Case, seconds } from "./report.ts";
import type { SuiteOutcome } from "./suite.ts";

/** One of the runs. */
export type Repetition = SuiteOutcome;

/** How many runs passed and how long they took, what failed how often with what message, and what was played again. */
export function flickerText(
  repetitions: readonly Repetition[],
  load: number,
): string {
  const passed = repetitions.filter(({ isOk }) => isOk).length;
  const times = repetitions.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const slowness = repetitions.flatMap((each) => each.slowness);
  const cases = repetitions.map((each) => each.cases.length);
  const replays = repetitions.map((each) => each.replays.length);
  const runs = grid([
    "runs",
    "busy loops",
    "passed",
    "cases",
    "replayed",
    "one run",
    "slowness",
  ], [[
    String(repetitions.length),
    String(load),
    `${passed} of ${repetitions.length}`,
    range(cases, String),
    range(replays, String),
    range(times, seconds),
    range(slowness, (value) => value.toFixed(1)),
  ]]);
  const failed = failures(repetitions.flatMap((each) => each.cases));
  const replayed = counts(repetitions.flatMap((each) => each.replays));
  return [
    runs,
    ...(failed.length === 0
      ? []
      : [grid(["failed", "times", "first message"], failed)]),
    ...(replayed.length === 0 ? [] : [grid(["replayed", "times"], replayed)]),
  ].join("\n\n");
}

/** A row for each text with how often it is there, the most frequent first. */
function counts(texts: readonly string[]): string[][] {
  const found = new Map<string, number>();
  for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1);
  return [...found].toSorted(([, a], [, b]) => b - a)
    .map(([text, times]) => [cell(text), String(times)]);
}

const cell = (text: string) => text.replaceAll("|", "\\|");

/** A row for each case that failed, the most frequent first. */
function failures(cases: readonly Case[]): string[][] {
  const found = new Map<string, string[]>();
  for (const { file, line, name, result, failure } of cases) {
    if (result !== "failed") continue;
    const key = `${file}:${line} ${name}`;
    const [message] = failure.split("\n");
    found.set(key, [...found.get(key) ?? [], message]);
  }
  return [...found].toSorted(([, a], [, b]) => b.length - a.length)
    .map(([key, messages]) =>
      [key, String(messages.length), messages[0]]
        .map(cell)
    );
}

/** "3.1 s", or "3.1 s to 4.0 s". */
function range(
  values: readonly number[],
  format: (value: number) => string,
): string {
  const texts = [Math.min(...values), Math.max(...values)].map(format);
  return [...new Set(texts)].join(" to ");
}
