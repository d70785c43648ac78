/**
 * The thread on which the runtime gets file system events. All watches share
 * it; it is made with the first one and never ends (measured on 2.7.11: it
 * takes 0.1 ms).
 */

/**
 * Makes the runtime create that thread now, so that a child that uses up all
 * threads (pids.max, RLIMIT_NPROC) cannot prevent it later. If the thread
 * cannot be created, the first real watch fails too and reports it.
 */
export function makeWatchThread(): void {
  try {
    Deno.watchFs([]).close();
  } catch {
    // The first watch reports it.
  }
}
