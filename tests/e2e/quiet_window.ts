/**
 * The times that tests of change detection have in common: how long the quiet
 * window is, and how long nothing happens. Must not know what is changed.
 */
import { scaled } from "../fixtures/limits.ts";
import { BY_EVENT_MS, BY_POLL_MS } from "./harness.ts";

/** Longer than two polls of 5 s and the quiet window. */
export const NO_RESTART_MS = 12_000;

/** The default of --debounce-max. */
export const CAP_MS = 5_000;

/** The poller finds nothing: a restart proves that an event was heard. */
export const EVENTS_ONLY = "--poll-interval=1h";

/** A half-written, empty file is waited for however long its writer takes. */
export const EMPTY_IS_HELD = "--debounce-max=1h";

const WIDE_WINDOW_MS = 3_000;

/** How long the quiet window of `WIDE` is. */
export const WIDE_MS = Math.round(scaled(WIDE_WINDOW_MS));

/**
 * For changes in several steps: a quiet window that the steps cannot outrun, even
 * when the machine stands still for two seconds between them.
 */
export const WIDE: readonly string[] = [
  `--debounce=${WIDE_MS}ms`,
  EMPTY_IS_HELD,
];

/** Effect of an event with a wide window: 1 s after it. */
export const BY_EVENT_WIDE_MS = BY_EVENT_MS - 500 + WIDE_WINDOW_MS;

/** A poll of 5 s and the wide window. */
export const POLL_WIDE_MS = BY_POLL_MS + WIDE_MS;
