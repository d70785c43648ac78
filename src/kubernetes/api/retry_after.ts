/** How long a server asks us to stay away: the header Retry-After (RFC 9110, 10.2.3). Pure. */

/** More is a fault of the server, or of its clock: it must not keep us away for a day. */
const WAIT_MAX_MS = 5 * 60_000;

/**
 * Milliseconds; undefined where the header is not there, or is none. A date is
 * compared with the header Date of the same answer, so that both are of the same
 * clock; with ours, `nowMs`, only where there is none.
 */
export function retryAfterMs(
  headers: ReadonlyMap<string, string>,
  nowMs: number,
): number | undefined {
  const text = headers.get("retry-after");
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return bounded(Number(text) * 1_000);
  // A date of HTTP is in GMT; what else the runtime takes for a date is none here.
  const until = text.endsWith(" GMT") ? Date.parse(text) : NaN;
  const sent = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(until)
    ? undefined
    : bounded(until - (Number.isNaN(sent) ? nowMs : sent));
}

const bounded = (ms: number) => Math.min(Math.max(0, ms), WAIT_MAX_MS);
