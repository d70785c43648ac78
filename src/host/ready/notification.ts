/**
 * What a child tells through its notify socket, from the bytes of one datagram.
 * Of the states of sd_notify(3) these are read: that it is ready, and what is
 * about its watchdog.
 */

export interface Notification {
  /** READY=1. */
  readonly isReady: boolean;
  /** WATCHDOG=1 is a sign of life, WATCHDOG=trigger is the opposite. */
  readonly watchdog: "alive" | "trigger" | undefined;
  /**
   * WATCHDOG_USEC=..., in milliseconds: the child sets the interval of its
   * watchdog. Infinity switches it off; undefined leaves it as it is.
   */
  readonly watchdogMs: number | undefined;
}

/** The longest notification; systemd has the same limit. */
export const DATAGRAM_BYTES_MAX = 4096;
/** A child that is asked more often than this would have to do nothing else. */
const WATCHDOG_MIN_MS = 10;
const USEC_PER_MS = 1_000;

const NOTHING: Notification = {
  isReady: false,
  watchdog: undefined,
  watchdogMs: undefined,
};

/** What one datagram tells; of what it says twice, the last counts. */
export function readNotification(datagram: Uint8Array): Notification {
  if (datagram.length > DATAGRAM_BYTES_MAX) return NOTHING;
  const lines = new TextDecoder().decode(datagram).split("\n");
  const said = (name: string) =>
    lines.findLast((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const watchdog = said("WATCHDOG");
  return {
    isReady: lines.includes("READY=1"),
    watchdog: watchdog === "1"
      ? "alive"
      : watchdog === "trigger"
      ? "trigger"
      : undefined,
    watchdogMs: intervalOf(said("WATCHDOG_USEC")),
  };
}

/** As for systemd, 0 is no watchdog, and so is the largest number of 64 bits. */
function intervalOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined;
  const usec = Number(text);
  return usec === 0 || usec > Number.MAX_SAFE_INTEGER
    ? Infinity
    : Math.max(WATCHDOG_MIN_MS, usec / USEC_PER_MS);
}
