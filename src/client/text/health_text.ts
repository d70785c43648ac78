/** A health, in lines for a search or in a table for people. Pure. */
import type { Health } from "../../control/vocabulary/status.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { Screen, Tone } from "./style.ts";
import { table } from "./table.ts";

const TONES: Readonly<Record<string, Tone>> = {
  ok: "good",
  degraded: "warning",
  error: "bad",
};

export function healthLines({ status, checks }: Health): string {
  const lines = Object.entries(checks).map(([name, check]) =>
    `${name}: ${check.status}: ${check.detail}`
  );
  return [`status: ${status}`, ...lines].map((line) => `${oneLine(line)}\n`)
    .join("");
}

export function healthScreen(
  { status, checks }: Health,
  { columns, style }: Screen,
): string[] {
  const tone = (level: string): Tone => TONES[level] ?? "plain";
  const rows = Object.entries(checks).map(([name, check]) => [
    `  ${oneLine(name)}`,
    [tone(check.status), oneLine(check.status)] as const,
    oneLine(check.detail),
  ]);
  return [
    `${style(tone(status), "●")} ${style("bold", oneLine(status))}`,
    ...table(rows, columns, style),
  ];
}
