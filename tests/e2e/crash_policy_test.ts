/** `--restart`: what follows when the child ends by itself, and what it is told. */
import { equal, match, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import { WIDE, WIDE_MS } from "./quiet_window.ts";

Deno.test(
  row(
    "--restart on-failure: a crash is followed by another start, a clean end by ours",
    async (bench) => {
      const manager = bench.run([
        "--config=",
        "--restart=on-failure",
        "--backoff=20ms..50ms",
        "--",
        "sh",
        "-c",
        // Crashes twice, then ends well.
        `n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n
         echo "reason $FLUSH_MANAGER_REASON"; [ "$n" -ge 2 ] || exit 3`,
      ], { cwd: bench.directory });
      equal(await manager.exitCode(), 0);
      manager.expectStarts(3);
      equal(manager.out.count("reason start"), 1);
      equal(manager.out.count("reason crash"), 2);
      equal(manager.log.count("restarted after it ended by itself"), 2);
      equal(
        manager.log.count("Child process exited with error: exit status 3"),
        2,
      );
    },
  ),
);

Deno.test(
  row(
    "--max-restarts: when they are used up, the manager ends with the child's code",
    async (bench) => {
      const manager = bench.run([
        "--config=",
        "--restart=always",
        "--backoff=5ms..10ms",
        "--max-restarts=3/1m",
        "--",
        "sh",
        "-c",
        "exit 9",
      ]);
      equal(await manager.exitCode(), 9);
      manager.expectStarts(4);
      equal(manager.log.count("used up 3 restarts in 1m0s"), 1);
    },
  ),
);

Deno.test(
  row("--restart: TERM during the pause ends it with 0, promptly", async (
    bench,
  ) => {
    const manager = bench.run([
      "--config=",
      "--restart=always",
      "--backoff=1h0m0s..1h0m0s",
      "--",
      "false",
    ]);
    await manager.waitForLog("(restart 1 in a row)");
    manager.signal("SIGTERM");
    equal(await manager.exitCode(), 0);
    manager.expectStarts(1);
  }),
);

Deno.test(
  row(
    "A28 --restart: a child that writes its own configuration and crashes waits out the pause",
    async (bench) => {
      const file = bench.write("app.conf", "0");
      const manager = bench.run([
        `--config=${file}`,
        "--restart=always",
        "--backoff=1h0m0s..1h0m0s",
        // It has crashed before its writing has been quiet for so long.
        ...WIDE,
        "--poll-interval=100ms",
        "--",
        "sh",
        "-c",
        `date +%s%N > ${file}; exit 1`,
      ]);
      await manager.waitForLog("(restart 1 in a row)");
      await manager.waitForLog("Started polling file changes");
      await manager.nothingHappens(WIDE_MS + 1_500);
      manager.expectStarts(1);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "--restart: another configuration during the pause is tried at once",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "bad");
      const manager = bench.run([
        `--config=${file}`,
        "--restart=on-failure",
        "--backoff=1h0m0s..1h0m0s",
        "--",
        "sh",
        "-c",
        `echo "$FLUSH_MANAGER_REASON $FLUSH_MANAGER_RELOAD_COUNT"
       echo "$FLUSH_MANAGER_PREVIOUS_SHA256>$FLUSH_MANAGER_CONFIG_SHA256"
       [ "$(cat ${file})" = good ] && exec sleep 1000; exit 1`,
      ]);
      await manager.waitForLog("(restart 1 in a row)");
      await manager.waitForLog("Started polling file changes");
      // What the first look of the pause finds counts as written by the child, and
      // a busy machine may take that look after the first of these changes.
      let content = "good";
      const writes = setInterval(() => {
        content += "\n";
        bench.write("app.conf", content);
      }, 2_000);
      bench.write("app.conf", content);
      await manager.waitForLog("starting child process at once")
        .finally(() => clearInterval(writes));
      await manager.out.wait("config 1");
      const { text } = await manager.out.wait(/^[0-9a-f]{64}>/);
      const [previous, now] = text.split(">");
      match(now, /^[0-9a-f]{64}$/);
      ok(previous !== now);
      manager.signal("SIGTERM");
      equal(await manager.exitCode(), 0);
    },
  ),
);
