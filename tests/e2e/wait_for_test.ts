/** `--wait-for`: what must be there before the first start. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, needing, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { INIT, superviseAsInit } from "./init.ts";
import {
  change,
  gone,
  linesOf,
  QUICK,
  records,
  runsOn,
  script,
} from "./reloads.ts";
import { until } from "./until.ts";

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

/** What the n-th progress line says is missing. */
async function missing(manager: Manager, nth: number): Promise<string> {
  const { text } = await manager.log.wait(WAITING, { nth });
  return text.slice(text.indexOf(WAITING) + WAITING.length);
}

function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A probe that hangs, and its process when it runs. */
function hanging(bench: Bench): { probe: string; pid: () => Promise<number> } {
  const pid = bench.path("pid");
  const program = script(
    bench,
    "probe",
    `echo $$ >> ${pid}; exec sleep 1000`,
  );
  return {
    probe: `exec:${program}`,
    pid: async () => Number(await until("the probe", () => linesOf(pid)[0])),
  };
}

Deno.test(
  row(
    "8 wait: it says what is missing, as it becomes less, and starts when all is there",
    async (bench) => {
      const port = closedPort();
      const file = bench.path("there");
      const { manager } = awaiting(bench, [
        `tcp:127.0.0.1:${port}`,
        `file:${file}`,
        "exec:true",
      ]);
      equal(
        await missing(manager, 1),
        `tcp:127.0.0.1:${port} (connection refused), file:${file} (does not exist)`,
      );
      bench.write("there", "");
      equal(
        await missing(manager, 2),
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
  await using http = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, () => new Response(null, { status }));
  const url = `http://127.0.0.1:${http.addr.port}/healthz`;
  const { manager } = awaiting(bench, [`http:${url}`]);
  equal(await missing(manager, 1), `http:${url} (answered 503)`);
  status = 200;
  await runsOn(manager, "first", 1);
}));

Deno.test(
  row(
    "8 wait: a name that is not known, and a URL's password is in no line",
    async (
      bench,
    ) => {
      const { manager } = awaiting(bench, [
        "tcp:no-such-host.invalid:80",
        `http:http://me:hunter2@127.0.0.1:${closedPort()}/`,
      ]);
      // A resolver may need several attempts to say so.
      await manager.log.wait("tcp:no-such-host.invalid:80 (host name ", {
        deadlineMs: 50_000,
      });
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
  ]);
  equal(await manager.exitCode(), 1);
  manager.expectStarts(0);
  equal(
    manager.log.count(
      / ERROR: .*Cannot start child process: dependencies are missing after 1s$/,
    ),
    1,
  );
  equal(
    await missing(manager, 1),
    "file:/no/such/file (does not exist)",
  );
}));

Deno.test(
  row("8 wait: --wait-timeout ends a probe that hangs", async (bench) => {
    const { probe, pid } = hanging(bench);
    const { manager } = awaiting(bench, [probe], ["--wait-timeout=3s"]);
    const hung = await pid();
    equal(await manager.exitCode(), 1);
    await gone(hung);
  }),
);

Deno.test(row("8 wait: TERM ends it with 0 at once", async (bench) => {
  const { probe, pid } = hanging(bench);
  const { manager } = awaiting(bench, [probe, "file:/no/such/file"]);
  const hung = await pid();
  const beganMs = performance.now();
  equal(await manager.stop(), 0);
  // An attempt alone would take 5 s.
  ok(performance.now() - beganMs < 4_000);
  manager.expectStarts(0);
  await gone(hung);
  deepEqual(await manager.survivors(), []);
}));

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
          options: [`--wait-for=exec:test -e ${there}`],
        });
        ok((await missing(manager, 1)).endsWith("(exit status 1)"));
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
      await missing(manager, 1);
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
  await missing(manager, 1);
  equal(manager.log.count("Checking"), 0);
  bench.write("there", "");
  await runsOn(manager, "first", 1);
  equal(manager.log.count("accepted"), 1);
}));

Deno.test(row("8 wait: a restart doesn't wait again", async (bench) => {
  const there = bench.write("there", "");
  const { file, manager } = awaiting(bench, [`file:${there}`], [QUICK]);
  await manager.ready();
  Deno.removeSync(there);
  change(file, "second");
  await runsOn(manager, "second", 2);
  equal(manager.log.count(AVAILABLE), 1);
}));

Deno.test(row("8 wait: its line in a JSON log", async (bench) => {
  const { manager } = awaiting(bench, ["file:/no/such/file"], [
    "--wait-timeout=1s",
    "--log-format=json",
  ]);
  equal(await manager.exitCode(), 1);
  const [progress] = records(manager, WAITING);
  equal(progress.missing, "file:/no/such/file (does not exist)");
  equal(progress.level, "info");
  const [end] = records(manager, "dependencies are missing");
  equal(end.timeout_ms, 1_000);
}));
