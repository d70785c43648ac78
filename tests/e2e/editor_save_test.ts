/**
 * How programs replace or rewrite a file: each time one restart, on what they
 * wrote last (conformance A12, A18, A23, A29).
 */
import { equal, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import {
  linkOver,
  renameOver,
  saveAsVim,
  saveWithSed,
  unlinkAndCreate,
  writeAsOld,
} from "./files.ts";
import { BY_EVENT_MS, BY_POLL_MS } from "./harness.ts";
import { BY_EVENT_WIDE_MS, POLL_WIDE_MS, WIDE } from "./quiet_window.ts";
import { loggedAtMs, loggedBeforeMs } from "./reloads.ts";
import { pause } from "./until.ts";

Deno.test(
  row(
    "A12: vim's save, sed -i, rename over, unlink + create, ln -f: one restart each [F]",
    async (bench) => {
      const { file, manager } = await bench.onFile();
      const ways = [
        saveAsVim,
        saveWithSed,
        renameOver,
        unlinkAndCreate,
        linkOver,
      ];
      for (const save of ways) {
        await manager.restartByEvent(() => save(file, save.name), save.name);
        await manager.nothingHappens(BY_EVENT_MS);
      }
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(
  row(
    "A18: 100 rewrites in 300 ms restart once, on the last content [F]",
    async (bench) => {
      const { file, manager } = await bench.onFile({ options: WIDE });
      await manager.restartByEvent(
        async () => {
          for (let rewrite = 1; rewrite <= 100; rewrite++) {
            Deno.writeTextFileSync(file, `rewrite ${rewrite}`);
            if (rewrite % 10 === 0) await pause(30);
          }
        },
        "rewrite 100",
        BY_EVENT_WIDE_MS,
      );
      await manager.nothingHappens(POLL_WIDE_MS);
    },
  ),
);

Deno.test(
  row(
    "A23: newer content with an older mtime restarts once, by event, after the default quiet window [F]",
    async (bench) => {
      const { file, manager } = await bench.onFile({
        options: ["--log-format=json"],
      });
      await manager.restartByEvent(() => writeAsOld(file, "second"), "second");
      const waitedMs = loggedAtMs(manager, "File change confirmed") -
        loggedBeforeMs(manager, "File change detected");
      ok(waitedMs >= 490, `${waitedMs} ms`);
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(
  row(
    "A29: a look in the middle of a swap finds nothing: retried, one restart [F]",
    async (bench) => {
      const { file, manager } = await bench.onFile({ options: WIDE });
      await manager.restartByEvent(
        async () => {
          Deno.removeSync(file);
          // It has looked by now: the file was not there.
          await manager.waitForLog(`Fsnotify event: REMOVE ${file}`);
          await pause(100);
          Deno.writeTextFileSync(file, "second");
        },
        "second",
        BY_EVENT_WIDE_MS,
      );
      await manager.nothingHappens(POLL_WIDE_MS);
      equal(manager.log.count(/ (WARN|ERROR): /), 0);
    },
  ),
);

Deno.test(
  row(
    "A29: a link whose target comes 200 ms later: retried, one restart [F]",
    async (bench) => {
      bench.write("one", "first");
      const link = bench.path("app.conf");
      Deno.symlinkSync("one", link);
      const manager = bench.supervise({ config: [link], options: WIDE });
      await manager.ready();
      await manager.restartByEvent(
        async () => {
          Deno.symlinkSync("two", `${link}.new`);
          Deno.renameSync(`${link}.new`, link);
          await pause(200);
          bench.write("two", "second");
        },
        "second",
        BY_EVENT_WIDE_MS,
      );
      await manager.nothingHappens(POLL_WIDE_MS);
      equal(manager.log.count(/ (WARN|ERROR): /), 0);
    },
  ),
);
