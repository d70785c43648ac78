/** What must hold of `--before-start` and `--after-exit`. */
import type { Story } from "./schedule.ts";
import { Violation } from "./violation.ts";

/** Holds after every step. */
export function checkHooks(
  { world: { hooks, hookFault } }: Story,
  asked: number | undefined,
): void {
  if (hookFault !== undefined) throw new Violation("hooks", hookFault);
  const { afterExits, beganAt } = hooks;
  const twice = afterExits.find((run, at) => afterExits.indexOf(run) !== at);
  if (twice !== undefined) {
    throw new Violation("hooks", `--after-exit ran twice for ${twice}`);
  }
  if (asked !== undefined && beganAt > asked) {
    throw new Violation("nothing-after-stop", "a --before-start was begun");
  }
}

/** Holds at the end: only a stop, or a bug, leaves no time for the hook of a child. */
export function checkHooksAtEnd(
  { world: { hooks, children }, policy, bugAt }: Story,
  asked: number | undefined,
): void {
  if (hooks.underWay > 0) {
    throw new Violation("released", `${hooks.underWay} hooks still run`);
  }
  if (policy.afterExit === undefined) return;
  if (asked !== undefined || bugAt !== undefined) return;
  const missed = children.find(({ run, end }) =>
    end !== undefined && !hooks.afterExits.includes(run)
  );
  if (missed !== undefined) {
    throw new Violation("hooks", `no --after-exit for ${missed.run}`);
  }
}
