/** No watch can be made: changes are found by the poller (conformance A26). */
import { equal } from "node:assert/strict";
import { needing, type Row, row } from "./bench.ts";
import { inDirectory, write } from "./directories.ts";
import { BY_POLL_MS } from "./harness.ts";
import { withLimits } from "./namespaces.ts";

/** Without events: says so once, and the poller finds the change. */
const degraded = (limit: string, why: string): Row => {
  const world = withLimits(`echo 0 > /proc/sys/user/${limit}`);
  return needing(world, async (bench) => {
    const { directory, file, manager } = await inDirectory(
      bench,
      world,
    );
    equal(
      manager.log.count(`Cannot watch directory ${directory}: ${why}`),
      1,
    );
    await manager.restartAfter(write(file, "second"), {
      content: "second",
      withinMs: BY_POLL_MS,
    });
    await manager.nothingHappens(2 * BY_POLL_MS);
    equal(manager.log.count(/(WARN|ERROR): /), 1);
  });
};

Deno.test(
  row(
    "A26: no inotify watch to be had: starts, says so once, polls [P]",
    degraded(
      "max_inotify_watches",
      "OS file watch limit reached",
    ),
  ),
);

Deno.test(
  row(
    "A26: no inotify instance to be had: starts, says so once, polls [P]",
    degraded(
      "max_inotify_instances",
      "Too many open files",
    ),
  ),
);
