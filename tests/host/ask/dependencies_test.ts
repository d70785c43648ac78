/** Waiting for everything at once: progress, its limits, the end and the cancel. */
import assert from "node:assert/strict";
// @ts-types="../../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import { formatDuration } from "../../../src/core/notation/duration.ts";
import type { FilledProbe } from "../../../src/core/vocabulary/settings.ts";
import {
  Dependencies,
  type DependencyOptions,
} from "../../../src/host/ask/dependencies.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import { longEnough, tempDirectory, until } from "../temp.ts";
import { serve } from "../../fixtures/server.ts";

const processes = new Processes();

/** Reports nothing by itself unless told to. */
const NEVER_MS = 3_600_000;

function dependencies(
  probes: readonly FilledProbe[],
  options: Partial<DependencyOptions> = {},
) {
  const seen = { available: 0 };
  const programs: Promise<unknown>[] = [];
  const madeAt = performance.now();
  const reports: { afterMs: number; text: string }[] = [];
  const wait = new Dependencies({
    probes,
    intervalMs: 5,
    attemptTimeoutMs: HANG_MS,
    progressMinMs: 0,
    signOfLifeMs: NEVER_MS,
    follow: (child) => {
      const end = processes.follow(child);
      programs.push(end);
      return end;
    },
    onProgress: (missing) =>
      reports.push({
        afterMs: performance.now() - madeAt,
        text: missing.map(({ probe, why }) => `${probe.kind} ${why}`).join(),
      }),
    onAvailable: () => seen.available++,
    ...options,
  });
  /** Resolves when nothing is left of the programs of probes. */
  const programsGone = async () => {
    await Promise.all(programs);
    // What was theirs is closed in the turns that follow.
    for (let turn = 0; turn < 10; turn++) await delay(0);
  };
  return { wait, seen, reports, programsGone };
}

const exec = (script: string): FilledProbe => ({
  kind: "exec",
  argv: ["bash", "-c", script],
});

/** A server with an answer for each request. */
function answering(statusOf: (request: number) => number) {
  const asked = { count: 0 };
  const server = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null, { status: statusOf(asked.count++) }),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return { server, asked, probe: { kind: "http", url } as const };
}

Deno.test("everything that is there is said once, without progress", async () => {
  await using directory = await tempDirectory();
  const { server, probe } = answering(() => 200);
  const { wait, seen, reports } = dependencies([
    probe,
    { kind: "tcp", host: "127.0.0.1", port: server.addr.port },
    { kind: "file", path: directory.path },
    exec("exit 0"),
  ], { progressMinMs: NEVER_MS });
  wait.start();
  await until("all is there", () => seen.available > 0);
  assert.deepEqual([seen.available, reports], [1, []]);
  await server.end();
});

Deno.test("nothing to wait for is available, but not before start returns", async () => {
  const { wait, seen } = dependencies([]);
  wait.start();
  assert.equal(seen.available, 0);
  await until("it is said", () => seen.available > 0);
  const cancelled = dependencies([]);
  cancelled.wait.start();
  cancelled.wait.cancel();
  const after = dependencies([]);
  after.wait.start();
  await until("the later one is said", () => after.seen.available > 0);
  assert.equal(cancelled.seen.available, 0);
});

Deno.test("progress names what is missing in the order given, and ends with it", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const gate = `${directory.path}/gate`;
  const { wait, seen, reports } = dependencies([
    exec(`test -e ${gate} || exit 3`),
    { kind: "file", path },
    { kind: "file", path: directory.path },
  ], { progressMinMs: 200 });
  wait.start();
  // A program may take so long to answer that the first report does without.
  const texts = () =>
    reports.map(({ text }) => text).filter((text, nth) =>
      nth > 0 || text !== "exec no answer yet,file does not exist"
    );
  await until("both are missing", () => texts().length > 0);
  assert.deepEqual(texts(), ["exec exit status 3,file does not exist"]);
  Deno.writeTextFileSync(path, "");
  await until("one is missing", () => texts().length > 1);
  assert.equal(seen.available, 0);
  Deno.writeTextFileSync(gate, "");
  await until("all is there", () => seen.available > 0);
  assert.deepEqual(texts().slice(1), ["exec exit status 3"]);
  assert.equal(seen.available, 1);
});

Deno.test("the first report waits for a slow answer no longer than progress may take", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const slow = exec(`until [ -e ${path} ]; do sleep 0.01; done`);
  const { wait, seen, reports } = dependencies([slow, { kind: "file", path }], {
    progressMinMs: 50,
  });
  wait.start();
  await until("it is told", () => reports.length > 0);
  Deno.writeTextFileSync(path, "");
  await until("all is there", () => seen.available > 0);
  assert.ok(reports[0].afterMs >= 49);
  assert.equal(reports[0].text, "exec no answer yet,file does not exist");
});

Deno.test("a probe that has said yes is not asked again", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const counted = answering(() => 200);
  const other = answering((request) => request < 5 ? 500 : 200);
  const { wait, seen } = dependencies([counted.probe, other.probe, {
    kind: "file",
    path,
  }]);
  wait.start();
  await until("the other is there", () => other.asked.count === 6);
  Deno.writeTextFileSync(path, "");
  await until("all is there", () => seen.available > 0);
  assert.deepEqual([counted.asked.count, other.asked.count], [1, 6]);
  await Promise.all([counted.server.end(), other.server.end()]);
});

/**
 * The n-th report after the first is not told before n times that long. Each is
 * held against the start: the machine may stand still between a report and the
 * moment that we note, but not before the start.
 */
function assertNoMoreOftenThan(
  ms: number,
  reports: readonly { readonly afterMs: number }[],
): void {
  for (const [nth, { afterMs }] of reports.entries()) {
    assert.ok(afterMs >= nth * ms - 1, `report ${nth} after ${afterMs} ms`);
  }
}

Deno.test("answers that change all the time are reported no more often than allowed", async () => {
  const { server, asked, probe } = answering((request) => 500 + request % 100);
  await longEnough(async (progressMinMs) => {
    const { wait, reports } = dependencies([probe], {
      intervalMs: 0,
      progressMinMs,
    });
    asked.count = 0;
    wait.start();
    await until("three reports", () => reports.length === 3);
    wait.cancel();
    assertNoMoreOftenThan(progressMinMs, reports);
  }, () => asked.count > 3);
  assert.ok(asked.count > 3);
  await server.end();
});

Deno.test("an unchanged answer is told again as a sign of life only", async () => {
  await using directory = await tempDirectory();
  const probe = { kind: "file", path: `${directory.path}/file` } as const;
  // The first report is at once, when all have answered.
  const silent = dependencies([probe], { progressMinMs: NEVER_MS });
  const { wait, reports } = dependencies([probe], { signOfLifeMs: 30 });
  silent.wait.start();
  wait.start();
  await until("four reports", () => reports.length === 4);
  wait.cancel();
  silent.wait.cancel();
  assert.deepEqual(
    reports.map(({ text }) => text),
    Array(4).fill("file does not exist"),
  );
  assertNoMoreOftenThan(30, reports);
  assert.equal(silent.reports.length, 1);
});

Deno.test("nothing is asked or told after a cancel in the middle", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const probes: FilledProbe[] = [
    { kind: "http", url: `http://127.0.0.1:${port}/` },
    { kind: "file", path },
    exec("sleep 60"),
  ];
  const { wait, seen, reports, programsGone } = dependencies(probes, {
    progressMinMs: NEVER_MS,
  });
  wait.start();
  // It accepts and never answers.
  const connection = await listener.accept();
  wait.cancel();
  wait.cancel();
  connection.close();
  listener.close();
  Deno.writeTextFileSync(path, "");
  const later = dependencies([{ kind: "file", path }]);
  later.wait.start();
  await until("a later one is told", () => later.seen.available > 0);
  assert.deepEqual([seen.available, reports], [0, []]);
  await programsGone();
});

Deno.test("a cancel out of a report ends it", async () => {
  await using directory = await tempDirectory();
  let told = 0;
  const path = `${directory.path}/file`;
  const { wait, seen } = dependencies([{ kind: "file", path }], {
    signOfLifeMs: 1,
    onProgress: () => {
      told++;
      wait.cancel();
    },
  });
  wait.start();
  await until("it is told", () => told > 0);
  Deno.writeTextFileSync(path, "");
  const later = dependencies([{ kind: "file", path }]);
  later.wait.start();
  await until("a later one is told", () => later.seen.available > 0);
  assert.deepEqual([told, seen.available], [1, 0]);
});

Deno.test("an answer that does not come in time is a no, and is asked for again", async () => {
  await using directory = await tempDirectory();
  const count = `${directory.path}/count`;
  const script =
    `echo >> ${count}; test $(wc -l < ${count}) -gt 1 || sleep 1000`;
  const timesOut = async (attemptTimeoutMs: number) => {
    const { wait, seen, reports } = dependencies([exec(script)], {
      attemptTimeoutMs,
    });
    wait.start();
    await until("it is there", () => seen.available > 0);
    return { reports, times: Deno.readTextFileSync(count).length };
  };
  // Too short a limit also ends an attempt that would have been a yes.
  const { result: { reports, times }, limitMs } = await longEnough(
    async (limitMs) => {
      await Deno.remove(count).catch(() => {});
      return await timesOut(limitMs);
    },
    () => Deno.readTextFileSync(count) === "\n\n",
  );
  assert.equal(
    reports[0].text,
    `exec no answer within ${formatDuration(limitMs)}`,
  );
  assert.equal(times, 2);
});

/** What a last look says is missing, and how often it says so. */
function lastLook(wait: Dependencies, ms = HANG_MS) {
  const texts: string[] = [];
  const first = Promise.withResolvers<void>();
  wait.askNow(ms, (missing) => {
    texts.push(missing.map(({ probe, why }) => `${probe.kind} ${why}`).join());
    first.resolve();
  });
  return { texts, settled: first.promise };
}

Deno.test("a last look tells what is still missing, once and with the latest answers", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const said = `${directory.path}/said`;
  Deno.writeTextFileSync(said, "3");
  const { wait, reports, programsGone } = dependencies([
    { kind: "file", path },
    exec(`exit $(cat ${said})`),
    { kind: "file", path: `${path}/other` },
  ], { intervalMs: NEVER_MS });
  wait.start();
  await until("all have answered", () =>
    reports.at(-1)?.text ===
      "file does not exist,exec exit status 3,file does not exist");
  Deno.writeTextFileSync(said, "4");
  Deno.mkdirSync(path);
  const { texts, settled } = lastLook(wait);
  await settled;
  await programsGone();
  assert.deepEqual(texts, ["exec exit status 4,file does not exist"]);
  wait.cancel();
});

Deno.test("a last look that finds everything says nothing but that", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const { wait, seen, reports } = dependencies([{ kind: "file", path }], {
    intervalMs: NEVER_MS,
  });
  wait.start();
  await until("it has answered", () => reports.length > 0);
  Deno.writeTextFileSync(path, "");
  const { texts } = lastLook(wait);
  await until("it is there", () => seen.available > 0);
  assert.deepEqual([texts, seen.available], [[], 1]);
});

Deno.test("a last look does not wait for an answer for longer than it is given", async () => {
  const { wait, programsGone } = dependencies([exec("sleep 1000")]);
  wait.start();
  const { texts, settled } = lastLook(wait, 10);
  await settled;
  assert.deepEqual(texts, ["exec no answer yet"]);
  wait.cancel();
  await programsGone();
});
