/** `--wait-for`: what must be there before the first start. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, needing, row, Stalled } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { INIT, superviseAsInit } from "./init.ts";
import {
  change,
  gone,
  linesOf,
  loggedAtMs,
  QUICK,
  records,
  runsOn,
  script,
} from "./reloads.ts";
import { serve } from "../fixtures/server.ts";

const WAITING = "Waiting for dependencies: ";
const AVAILABLE = "All dependencies are available";

/** A manager on "first" that waits for these. */
function awaiting(
  bench: Bench,
  probes: readonly string[],
  options: readonly string[] = [],
): { file: string; manager: Manager } {
  const file = bench.write("app.conf", "first");
  const manager = bench.supervise({
    config: [file],
    options: [...probes.map((probe) => `--wait-for=${probe}`), ...options],
  });
  return { file, manager };
}

/** The log has times in milliseconds, by the program's own clock. */
const PRECISE = "--log-format=json";

/**
 * Waits until the progress lines have said that these are missing, one after the
 * other, and nothing else. Only a machine that is slow adds to them, after their
 * time: the first may do without answers that did not come within a second, and
 * one comes again after ten. The log is `PRECISE`.
 */
async function missing(
  manager: Manager,
  ...expected: readonly string[]
): Promise<void> {
  let before = { said: "", atMs: loggedAtMs(manager, "") };
  for (let nth = 1, at = 0; at < expected.length; nth++) {
    await manager.log.wait(WAITING, { nth });
    const { msg, time } = records(manager, WAITING)[nth - 1];
    const said = String(msg).slice(WAITING.length);
    const atMs = Date.parse(String(time));
    const afterMs = atMs - before.atMs;
    if (said === expected[at]) at++;
    else if (said === before.said) ok(afterMs >= 9_900, `${afterMs} ms`);
    else {
      ok(nth === 1 && said.includes("(no answer yet)"), said);
      ok(afterMs >= 990, `${afterMs} ms`);
    }
    before = { said, atMs };
  }
}

Deno.test(
  row(
    "8 wait: it says what is missing, as it becomes less, and starts when all is there",
    async (bench) => {
      using held = holdPort();
      const { port } = held;
      const file = bench.path("there");
      const { manager } = awaiting(bench, [
        `tcp:127.0.0.1:${port}`,
        `file:${file}`,
        "exec:true",
      ], [PRECISE]);
      const both =
        `tcp:127.0.0.1:${port} (connection refused), file:${file} (does not exist)`;
      await missing(manager, both);
      bench.write("there", "");
      await missing(
        manager,
        both,
        `tcp:127.0.0.1:${port} (connection refused)`,
      );
      manager.expectStarts(0);
      using _ = Deno.listen({ hostname: "127.0.0.1", port });
      await manager.log.wait(AVAILABLE);
      await runsOn(manager, "first", 1);
      const order = [WAITING, AVAILABLE, "Child process started with PID"]
        .map((text) =>
          manager.log.entries.findIndex((line) => line.text.includes(text))
        );
      deepEqual(order, order.toSorted((a, b) => a - b));
    },
  ),
);

Deno.test(row("8 wait: http", async (bench) => {
  let status = 503;
  await using http = serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, () => new Response(null, { status }));
  const url = `http://127.0.0.1:${http.addr.port}/healthz`;
  const { manager } = awaiting(bench, [`http:${url}`], [PRECISE]);
  await missing(manager, `http:${url} (answered 503)`);
  status = 200;
  await runsOn(manager, "first", 1);
}));

Deno.test(
  row(
    "8 wait: a name that is not known, and a URL's password is in no line",
    async (
      bench,
    ) => {
      using held = holdPort();
      const { manager } = awaiting(bench, [
        "tcp:no-such-host.invalid:80",
        `http:http://me:hunter2@127.0.0.1:${held.port}/`,
      ]);
      // A resolver may need several attempts to say so.
      await manager.log.wait("tcp:no-such-host.invalid:80 (host name ");
      equal(await manager.stop(), 0);
      equal(manager.log.count("hunter2"), 0);
    },
  ),
);

Deno.test(
  row("8 wait: what is there already holds nothing up", async (bench) => {
    const { manager } = awaiting(bench, ["exec:true", "file:/"]);
    await runsOn(manager, "first", 1);
    equal(manager.log.count(WAITING), 0);
    equal(manager.log.count(AVAILABLE), 1);
  }),
);

Deno.test(row("8 wait: --wait-timeout ends it with 1", async (bench) => {
  const { manager } = awaiting(bench, ["file:/no/such/file"], [
    "--wait-timeout=1s",
    PRECISE,
  ]);
  equal(await manager.exitCode(), 1);
  manager.expectStarts(0);
  deepEqual(
    records(manager, "").filter(({ level }) => level === "error")
      .map(({ msg }) => msg),
    ["Cannot start child process: dependencies are missing after 1s: file:/no/such/file (does not exist)"],
  );
  await missing(manager, "file:/no/such/file (does not exist)");
}));

Deno.test(
  row("8 wait: --wait-timeout ends a probe that hangs", async (bench) => {
    const pid = bench.path("pid");
    const hang = script(bench, "probe", `echo $$ >> ${pid}; exec sleep 1000`);
    const probe = `exec:${hang}`;
    const { manager } = awaiting(bench, [probe], [
      "--wait-timeout=3s",
      PRECISE,
    ]);
    equal(await manager.exitCode(), 1);
    const waitedMs = loggedAtMs(manager, "dependencies are missing after 3s") -
      loggedAtMs(manager, "");
    ok(waitedMs >= 2_990, `${waitedMs} ms`);
    const [hung] = linesOf(pid);
    if (hung === undefined) throw new Stalled("The probe did not begin");
    await gone(Number(hung));
  }),
);

Deno.test(
  row(
    "8 wait: TERM ends it with 0 as PID 1",
    needing(INIT, async (bench) => {
      const manager = await superviseAsInit(bench, {
        options: ["--wait-for=file:/no/such/file"],
      });
      await manager.log.wait(WAITING);
      manager.signal("SIGTERM");
      equal(await manager.exitCode(), 0);
      manager.expectStarts(0);
    }),
  ),
);

Deno.test(
  row(
    "8 wait: as PID 1 the programs of probes are not mistaken for orphans",
    needing(
      INIT,
      async (bench) => {
        const there = bench.path("there");
        const manager = await superviseAsInit(bench, {
          options: [`--wait-for=exec:test -e ${there}`, PRECISE],
        });
        await missing(manager, `exec:test -e ${there} (exit status 1)`);
        bench.write("there", "");
        await manager.ready({ watches: false });
      },
    ),
  ),
);

Deno.test(row("8 wait: other signals are held for the child", async (bench) => {
  const there = bench.path("there");
  const manager = bench.supervise({
    options: [`--wait-for=file:${there}`],
    child: ["--trap", "USR1"],
  });
  await manager.log.wait(WAITING);
  manager.signal("SIGUSR1");
  await manager.log.wait("holding it for the next child process");
  bench.write("there", "");
  await manager.out.wait("got SIGUSR1");
}));

Deno.test(
  row(
    "8 wait: content that changes meanwhile is what the child starts on",
    async (
      bench,
    ) => {
      const there = bench.path("there");
      const { file, manager } = awaiting(bench, [`file:${there}`], [QUICK]);
      await manager.log.wait(WAITING);
      change(file, "second");
      bench.write("there", "");
      await runsOn(manager, "second", 1);
      await manager.nothingHappens(1_000);
    },
  ),
);

Deno.test(row("8 wait: the check comes after it", async (bench) => {
  const there = bench.path("there");
  const { manager } = awaiting(bench, [`file:${there}`], [
    `--check-command=test -e ${there}`,
  ]);
  await manager.log.wait(WAITING);
  equal(manager.log.count("Checking"), 0);
  bench.write("there", "");
  await runsOn(manager, "first", 1);
  equal(manager.log.count("accepted"), 1);
}));

Deno.test(row("8 wait: its line in a JSON log", async (bench) => {
  const { manager } = awaiting(bench, ["file:/no/such/file"], [
    "--wait-timeout=1s",
    "--log-format=json",
  ]);
  equal(await manager.exitCode(), 1);
  const [progress] = records(manager, WAITING);
  deepEqual(progress.missing, ["file:/no/such/file (does not exist)"]);
  equal(progress.level, "info");
  const [end] = records(manager, "dependencies are missing");
  equal(end.timeout_ms, 1_000);
  deepEqual(end.missing, ["file:/no/such/file (does not exist)"]);
}));
