/** What the load test has measured, as a table for the eye. Pure. */
import type { Client, LoadReport } from "./load.ts";

/** One scenario; in REAL_JSON as it is. */
export interface Row extends LoadReport {
  readonly name: string;
  readonly client: Client;
  readonly reloads: number;
  readonly reloadsPerSecond: number;
}

/** Lines of aligned columns, the first of them the head. */
export function table(rows: readonly Row[]): string {
  const head = [
    "reloads of nginx",
    "client",
    "reloads",
    "per s",
    "requests",
    "failed",
    "retried",
    "p50 ms",
    "p99 ms",
    "max ms",
  ];
  const lines = [
    head,
    ...rows.map((row) =>
      [
        row.name,
        row.client,
        row.reloads,
        row.reloadsPerSecond,
        row.requests,
        row.failed,
        row.retried,
        row.p50Ms,
        row.p99Ms,
        row.maxMs,
      ].map(String)
    ),
  ];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column].length))
  );
  const isText = (column: number) => column < 2;
  return lines.map((line) =>
    line.map((cell, column) =>
      isText(column)
        ? cell.padEnd(widths[column])
        : cell.padStart(widths[column])
    ).join("  ")
  ).join("\n");
}
