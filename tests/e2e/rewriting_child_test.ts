/** A child that changes its own configuration (conformance A28). */
import { equal, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import { STARTED } from "./harness.ts";
import { CAP_MS } from "./quiet_window.ts";
import { records, script, startTimes } from "./reloads.ts";
import { pause } from "./until.ts";

const BLAME = "does the child rewrite its own configuration?";

Deno.test(
  row(
    "A28: the child rewrites its own configuration at each start: bounded by backoff, and said",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: ["--log-format=json"],
        child: ["--write-config", file],
      });
      await manager.waitForLog(
        BLAME,
        { nth: 3 },
      );
      const starts = manager.starts;
      await manager.waitForLog(STARTED, { nth: starts + 2 });
      const times = startTimes(manager);
      const gapsMs = times.slice(1).map((time, at) => time - times[at]);
      const said = manager.log.matches(BLAME);
      ok(said.every(({ text }) => text.includes('"level":"warn"')));
      // Six restarts at the usual pace, then 1.5 s in silence, 3 and at last 5 s apart.
      ok(gapsMs[starts - 2] > 3_900, gapsMs.join(" "));
      ok(gapsMs[starts - 1] > CAP_MS - 100, gapsMs.join(" "));
      ok(gapsMs[starts] > CAP_MS - 100, gapsMs.join(" "));
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "A28: edits in quick succession, each a while after the start, are no such child's",
    async (bench) => {
      const { file, manager } = await bench.onFile({
        options: ["--debounce=100ms", "--poll-interval=1h"],
      });
      // Longer apart than a restart takes, shorter than a quiet window that grows.
      for (let nth = 2; nth <= 13; nth++) {
        await pause(300 + 500 * (nth % 3));
        Deno.writeTextFileSync(file, `edit ${nth}`);
        await manager.waitForLog(STARTED, { nth });
        await manager.out.wait("ready pid=", { nth });
      }
      equal(manager.log.count("waiting up to"), 0);
      equal(manager.log.count(/ (WARN|ERROR): /), 0);
    },
  ),
);

Deno.test(
  row(
    "A28: the child rewrites its own configuration at each signal: bounded by backoff, and said",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        "--on-change=signal:HUP",
        "--debounce=200ms",
        "--log-format=json",
        "--",
        script(
          bench,
          "program",
          `n=0
           trap 'n=$((n + 1)); echo "$n" > "$1.next"; mv "$1.next" "$1"' HUP
           echo "ready pid=$$"
           while :; do sleep 0.02; done`,
        ),
        file,
      ]);
      await manager.ready();
      bench.write("app.conf", "second");
      // The window is 1.5 s in silence, then 3 and at last 5 s.
      await manager.waitForLog("soon after each of the last 8 reloads");
      const told = () =>
        records(manager, "sending SIGHUP").map(({ time }) =>
          Date.parse(String(time))
        );
      const before = told().length;
      await manager.waitForLog("sending SIGHUP", { nth: before + 2 });
      const times = told();
      const gapsMs = times.slice(1).map((time, at) => time - times[at]);
      ok(
        gapsMs.slice(before - 1).every((ms) => ms > CAP_MS - 100),
        gapsMs.join(" "),
      );
      equal(manager.starts, 1);
      equal(await manager.stop(), 0);
    },
  ),
);
