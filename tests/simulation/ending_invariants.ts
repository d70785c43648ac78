/** What must hold of the end of every child: who is asked, killed, left alone, and that it is heard. */
import { CONTINUE_MS } from "../../src/core/vocabulary/policy.ts";
import type { Child } from "./child.ts";
import type { Story } from "./schedule.ts";
import { Violation } from "./violation.ts";

/** Holds after every step. */
export function checkEnds(story: Story): void {
  checkStopHeard(story);
  checkKillMode(story);
}

/** The rest of a group is asked, killed or left as `--kill-mode` says. */
function checkKillMode({ world, policy: { killMode } }: Story): void {
  for (const child of world.children) {
    const { run, askedToStop, siblingAlive, restAsked, restKilled } = child;
    const fault = killMode !== "group" && restAsked
      ? "was asked to stop"
      : killMode === "main" && restKilled
      ? "was killed"
      : killMode !== "main" && child.left
      ? "was left"
      : killMode === "group" && askedToStop && siblingAlive && !restAsked
      ? "was not asked to stop"
      : undefined;
    if (fault === undefined) continue;
    throw new Violation(
      "kill-mode",
      `${killMode}: the rest of ${run} ${fault}`,
    );
  }
}

/** Whether the rest of its group is there and must end. */
export const isRestOurs = ({ siblingAlive, left }: Child): boolean =>
  siblingAlive && !left;

/** A child that was asked to stop does not stay suspended, or it would never hear that. */
function checkStopHeard({ world, policy: { stopSignal } }: Story): void {
  const { agenda: { now, leaptMs }, inbox: { frozenMs } } = world;
  for (const { run, alive, waiting, signals } of world.children) {
    const asked = waiting?.find(({ signal }) => signal === stopSignal);
    if (!alive || asked === undefined) continue;
    // It need not go on to be ended by that.
    if (signals.includes("SIGKILL")) continue;
    if (now - asked.at <= CONTINUE_MS + leaptMs + frozenMs) continue;
    throw new Violation("stop-heard", `run ${run} is still suspended`);
  }
}
