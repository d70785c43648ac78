/** Paths that are not there at the start (conformance A14). */
import { equal } from "node:assert/strict";
import { row } from "./bench.ts";
import { write } from "./directories.ts";
import { BY_POLL_MS } from "./harness.ts";

Deno.test(
  row(
    "A14: a named file absent at start, created later: one restart [F]",
    async (
      bench,
    ) => {
      const file = bench.path("app.conf");
      const manager = await bench.supervise({ config: [file] }).ready();
      await manager.waitForLog(
        `Config file ${file} does not exist yet, watching for it to appear`,
      );
      await manager.restartByEvent(write(file, "first"), "first");
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(
  row(
    "A14: what is said of a path at the start is what it was before the child",
    async (
      bench,
    ) => {
      const file = bench.path("app.conf");
      const manager = bench.run([
        `--config=${file}`,
        "--",
        ...["sh", "-c", 'echo first > "$1"; exec sleep 60', "sh", file],
      ]);
      await manager.log.wait("Child process started with PID: ");
      await manager.log.wait(
        `Config file ${file} does not exist yet, watching for it to appear`,
      );
      equal(manager.log.count("is a regular file"), 0);
      manager.signal("SIGTERM");
      equal(await manager.exitCode(), 0);
    },
  ),
);

Deno.test(
  row(
    "A14: a named file and its directory absent at start: one restart [P]",
    async (
      bench,
    ) => {
      const file = bench.path("conf/deep/app.conf");
      const manager = await bench.supervise({ config: [file] }).ready();
      await manager.restartAfter(() => {
        bench.mkdir("conf/deep");
        Deno.writeTextFileSync(file, "first");
      }, { content: "first", withinMs: BY_POLL_MS });
      await manager.nothingHappens(BY_POLL_MS);
      await manager.restartByEvent(write(file, "second"), "second");
    },
  ),
);
