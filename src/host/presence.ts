/** Whether there is anybody to signal. */

/** Whether kill(2) finds this process, or this group where the number is negative; zombies count. */
export function isThere(target: number): boolean {
  try {
    // Signal 0 only asks (kill(2)); Deno's type knows names alone.
    Deno.kill(target, 0 as unknown as Deno.Signal);
    return true;
  } catch (error) {
    // Who may not be signalled is there all the same.
    return !(error instanceof Deno.errors.NotFound);
  }
}
