/** The log: a line each to stdout and, when asked for, to a file. */
import type { Config } from "./config.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];
type Facts = Readonly<Record<string, string | number>>;

export type Log = Readonly<
  Record<Level, (text: string, facts?: Facts) => void>
>;

export function openLog({ level, format, file }: Config["log"]): Log {
  const lines = file === ""
    ? undefined
    : Deno.openSync(file, { append: true, create: true, mode: 0o640 });
  const write = (each: Level, text: string, facts: Facts = {}) => {
    if (LEVELS.indexOf(each) < LEVELS.indexOf(level)) return;
    const time = new Date().toISOString();
    const line = format === "json"
      ? JSON.stringify({ time, level: each, msg: text, ...facts })
      : [
        time,
        each.toUpperCase(),
        text,
        ...Object.entries(facts).map(([name, value]) =>
          `${name}=${JSON.stringify(value)}`
        ),
      ].join(" ");
    console.log(line);
    lines?.writeSync(new TextEncoder().encode(`${line}\n`));
  };
  return {
    debug: (text, facts) => write("debug", text, facts),
    info: (text, facts) => write("info", text, facts),
    warn: (text, facts) => write("warn", text, facts),
    error: (text, facts) => write("error", text, facts),
  };
}
