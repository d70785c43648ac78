/** Another directory takes the place of a file's (conformance A16). */
import { row } from "./bench.ts";
import { heardAgain, inDirectory } from "./directories.ts";
import { BY_POLL_MS } from "./harness.ts";

Deno.test(
  row(
    "A16: the directory renamed away, another put in its place; then written again [P]",
    async (bench) => {
      const { directory, file, manager } = await inDirectory(bench);
      bench.mkdir("other");
      bench.write("other/app.conf", "second");
      await manager.restartAfter(() => {
        Deno.renameSync(directory, `${directory}.old`);
        Deno.renameSync(bench.path("other"), directory);
      }, { content: "second", withinMs: BY_POLL_MS });
      await heardAgain(manager, file);
    },
  ),
);
