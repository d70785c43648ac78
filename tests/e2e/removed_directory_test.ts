/** The directory of a file is removed and made anew (conformance A15). */
import { equal } from "node:assert/strict";
import { row } from "./bench.ts";
import { heardAgain, inDirectory, write } from "./directories.ts";
import { BY_EVENT_MS, BY_POLL_MS } from "./harness.ts";
import { EVENTS_ONLY } from "./quiet_window.ts";

Deno.test(
  row(
    "A15: rm -rf of the directory, recreated and written; then written again [P]",
    async (bench) => {
      const { directory, file, manager } = await inDirectory(bench);
      await manager.restartAfter(() => {
        Deno.removeSync(directory, { recursive: true });
        Deno.mkdirSync(directory);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_POLL_MS });
      await heardAgain(manager, file);
    },
  ),
);

Deno.test(
  row(
    "A15: rm -rf of the directory, recreated and written when the poller has seen it gone [P]",
    async (bench) => {
      const { directory, file, manager } = await inDirectory(bench);
      Deno.removeSync(directory, { recursive: true });
      await manager.waitForLog("Cannot watch directory");
      await manager.restartAfter(() => {
        Deno.mkdirSync(directory);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_POLL_MS });
      await heardAgain(manager, file);
      equal(manager.log.count("Cannot watch directory"), 1);
    },
  ),
);

Deno.test(
  row(
    "A15: rm -rf of the directory, recreated and written; what is written soon after is found by its event [F]",
    async (bench) => {
      const { directory, file, manager } = await inDirectory(bench, {
        options: [EVENTS_ONLY],
      });
      // Without a poll. The file may be there before the directory is watched again:
      // then the return of the directory tells of it, and no event of its own.
      await manager.restartAfter(() => {
        Deno.removeSync(directory, { recursive: true });
        Deno.mkdirSync(directory);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_EVENT_MS });
      await manager.waitForLog("Watching directory again");
      await manager.restartByEvent(write(file, "third"), "third");
      await manager.nothingHappens(BY_EVENT_MS);
    },
  ),
);
