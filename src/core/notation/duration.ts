/** Durations as users write them and as log lines show them. Pure. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  // As systemd.time(7) has them.
  msec: 1,
  sec: 1_000,
  second: 1_000,
  seconds: 1_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** What may stand behind a number. */
export const UNITS: readonly string[] = Object.keys(UNIT_MS);

/**
 * Milliseconds of `500ms`, `10s`, `1m30s`, `1.5s` (Go's notation), `1d`
 * (Prometheus), `1min 30s` (systemd) or `0`; undefined for anything else, a
 * number without a unit included.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  let totalMs = 0;
  let at = 0;
  // Without a regular expression: compiling one takes longer than all of this.
  do {
    const from = at;
    at = endOfDigits(text, from);
    if (at === from) return undefined;
    if (text[at] === ".") {
      const fraction = at + 1;
      at = endOfDigits(text, fraction);
      if (at === fraction) return undefined;
    }
    const amount = Number(text.slice(from, at));
    const end = endOfLetters(text, at);
    const unit = text.slice(at, end);
    if (!Object.hasOwn(UNIT_MS, unit)) return undefined;
    totalMs += amount * UNIT_MS[unit];
    at = end;
    if (text[at] === " " && at + 1 < text.length) at++;
  } while (at < text.length);
  return Number.isSafeInteger(Math.round(totalMs)) ? totalMs : undefined;
}

function endOfLetters(text: string, from: number): number {
  let end = from;
  while (text[end] >= "a" && text[end] <= "z") end++;
  return end;
}

function endOfDigits(text: string, from: number): number {
  let end = from;
  while (text[end] >= "0" && text[end] <= "9") end++;
  return end;
}

/** The duration in Go's notation: `500ms`, `10s`, `1m30s`, `1h0m0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1_000) return `${Number(ms.toFixed(3))}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = Number(((ms % 60_000) / 1_000).toFixed(3));
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  if (minutes > 0) return `${minutes}m${seconds}s`;
  return `${seconds}s`;
}
