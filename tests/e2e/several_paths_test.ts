/** Several paths of one manager (conformance A30). */
import { row } from "./bench.ts";
import { renameOver } from "./files.ts";
import { BY_EVENT_WIDE_MS, POLL_WIDE_MS, WIDE } from "./quiet_window.ts";

Deno.test(
  row(
    "A30: two files and a directory, two of them changed together: one restart [F]",
    async (bench) => {
      const one = bench.write("one.conf", "first");
      const two = bench.write("two.conf", "first");
      const directory = bench.mkdir("conf.d");
      bench.write("conf.d/a", "first");
      const manager = bench.supervise({
        config: [one, two, directory],
        options: WIDE,
      });
      await manager.ready();
      await manager.restartByEvent(
        () => {
          Deno.writeTextFileSync(one, "second");
          bench.write("conf.d/a", "second");
        },
        "second",
        BY_EVENT_WIDE_MS,
      );
      await manager.nothingHappens(POLL_WIDE_MS);
      await manager.restartByEvent(
        () => {
          renameOver(two, "third");
          bench.write("conf.d/b", "new");
        },
        undefined,
        BY_EVENT_WIDE_MS,
      );
      await manager.nothingHappens(POLL_WIDE_MS);
    },
  ),
);
