/** What a soak takes for content that was undone while its child read it. */
import { equal } from "node:assert/strict";
import { isUndoneAtStart } from "./unnoticed.ts";

const STARTED = "INFO: Child process started with PID: 7";
const DETECTED = "INFO: File change detected: /conf/app.conf";
const UNDONE =
  "DEBUG: File content is the running child's again, nothing to do";
const CONFIRMED = "INFO: File change confirmed";

/** Whether a log of these lines, each with its time, shows that of a child that has read at 50 ms. */
const isSeen = (...lines: readonly (readonly [string, number])[]) =>
  isUndoneAtStart(lines.map(([text, atMs]) => ({ text, atMs })), 50);

Deno.test("a change that is undone right after a start may stay in the child", () => {
  equal(isSeen([STARTED, 0], [DETECTED, 40], [UNDONE, 80]), true);
  equal(
    isSeen([STARTED, -900], [DETECTED, -500], [CONFIRMED, -400], [STARTED, 0], [
      DETECTED,
      1_040,
    ], [UNDONE, 1_900]),
    true,
  );
});

Deno.test("a child that keeps other content for another reason is a fault", () => {
  equal(isSeen(), false);
  equal(isSeen([STARTED, 0]), false);
  // Found when the child had read its configuration long ago.
  equal(isSeen([STARTED, 0], [DETECTED, 1_050], [UNDONE, 1_090]), false);
  // Not decided yet, or never.
  equal(isSeen([STARTED, 0], [DETECTED, 40]), false);
  equal(isSeen([STARTED, 0], [UNDONE, 80]), false);
  // The change of an earlier child.
  equal(
    isSeen([STARTED, 0], [DETECTED, 40], [UNDONE, 80], [STARTED, 90]),
    false,
  );
  // A later change is what the child should have.
  equal(
    isSeen([STARTED, 0], [DETECTED, 40], [UNDONE, 80], [DETECTED, 120]),
    false,
  );
});
