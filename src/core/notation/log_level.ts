/** Levels of the log, as the operator writes them. Pure. */
import type { LogLevel } from "../vocabulary/settings.ts";

/** From the least severe to the most. */
export const LOG_LEVELS: readonly LogLevel[] = [
  "trace",
  "debug",
  "info",
  "warn",
  "error",
];

/** In any case; `warning`, as syslog and systemd have it, is `warn`. Undefined for any other text. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const word = text.toLowerCase();
  return word === "warning"
    ? "warn"
    : LOG_LEVELS.find((level) => level === word);
}
