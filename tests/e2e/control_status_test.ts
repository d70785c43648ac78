/** What the control endpoint of the executable tells while its child starts, is reloaded, rolled back or drained. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Ajv2020 } from "ajv";
import { scaled } from "../fixtures/limits.ts";
import { type Bench, row, Stalled } from "./bench.ts";
import { Asker, controlled } from "./control.ts";
import { holdPort } from "../fixtures/held_port.ts";
import { change, POLLS, QUICK, runsOn, script, sha256 } from "./reloads.ts";
import { until } from "./until.ts";

const SCHEMA = new URL("../../docs/status.schema.json", import.meta.url);
const holds = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  formats: { "date-time": (text: string) => !Number.isNaN(Date.parse(text)) },
}).compile(JSON.parse(Deno.readTextFileSync(SCHEMA)));

/** The status, which holds to its schema. */
async function statusOf(asker: Asker) {
  const status = await asker.status("?debug=true");
  const isValid: boolean = holds(status);
  ok(isValid, JSON.stringify(holds.errors));
  return status;
}

Deno.test(
  row("control: status and probes while it waits to start", async (bench) => {
    const awaited = bench.path("database");
    const gate = bench.write("warming up", "");
    const asker = new Asker(bench);
    const file = bench.write("app.conf", "first");
    const manager = bench.supervise({
      config: [file],
      options: [
        ...[QUICK, POLLS, `--control=${asker.address}`],
        ...[`--wait-for=file:${awaited}`, "--ready=log:ready pid="],
      ],
      child: ["--print", "warming", "--wait-while", gate],
    });
    await manager.log.wait("Control endpoint listens on ");
    await manager.log.wait("Waiting for dependencies");
    await using events = await asker.events();
    const awaiting = await statusOf(asker);
    equal(awaiting.state, "awaiting");
    deepEqual([awaiting.child.running, awaiting.child.pid], [false, null]);
    equal(awaiting.pending.reason, "dependencies");
    equal((await asker.get("/livez")).body, "ok");
    equal((await asker.get("/-/healthy")).status, 200);
    equal((await asker.get("/readyz")).status, 503);
    match((await asker.get("/health")).body, /waiting for file:/);
    bench.write("database", "");
    await events.state("running");
    await manager.out.wait("warming");
    const warming = await statusOf(asker);
    deepEqual([warming.state, warming.child.running], ["running", true]);
    equal(warming.child.pid, await manager.started(1));
    equal(warming.child.ready, false);
    const not = await asker.get("/-/ready");
    equal(not.status, 503);
    equal(not.body, "child-ready: the child is not ready yet");
    match(
      (await asker.get("/readyz?verbose")).body,
      /^\[\+\]child ok\n\[-\]child-ready failed: .*\n(.*\n)*readyz check failed\n$/m,
    );
    Deno.removeSync(gate);
    await events.line("is ready");
    equal((await statusOf(asker)).child.ready, true);
    equal((await asker.get("/readyz")).body, "ok");
    equal(await asker.metric("flush_manager_child_ready"), 1);
  }),
);

Deno.test(
  row("control: status while a reload stops the child", async (bench) => {
    const gate = bench.write("busy", "");
    const { file, manager, asker } = await controlled(bench, [], {
      child: ["--stop-after", gate],
    });
    await using events = await asker.events();
    equal((await statusOf(asker)).debug.status, "no_debug_info");
    change(file, "second");
    await events.state("stopping");
    const { state, reload, paths, child, debug } = await statusOf(asker);
    equal(state, "stopping");
    deepEqual([reload.id, reload.trigger, reload.phase], [1, "config", "stop"]);
    equal(paths[0].disk_sha256, await sha256("second"));
    // It was asked to end, so nothing is left that is to run on anything.
    deepEqual([child.running, paths[0].running_sha256], [false, null]);
    equal(debug.status, "processing");
    equal((await asker.get("/readyz")).status, 503);
    equal((await asker.get("/livez")).status, 200);
    const busy = await asker.post("/reload");
    equal(busy.status, 409);
    equal(JSON.parse(busy.body).code, "busy");
    Deno.removeSync(gate);
    const { data } = await events.ended();
    equal(data.reload.outcome, "applied");
    await runsOn(manager, "second", 2);
    const after = await statusOf(asker);
    deepEqual([after.state, after.reload], ["running", null]);
    deepEqual(after.reloads, [data.reload]);
    equal(after.last_reload_successful, true);
    deepEqual(
      [after.paths[0].status, after.paths[0].running_sha256],
      ["current", await sha256("second")],
    );
    deepEqual(after.child.last_exit.asked, true);
    equal((await asker.get("/readyz")).body, "ok");
  }),
);

/** A program that fails on bad content, and is ready on other content once there is no gate. */
const fragile = (bench: Bench, gate: string) =>
  script(
    bench,
    "program",
    `grep -q bad "$1" && exit 3
while test -e "${gate}"; do sleep 0.05; done
echo "ready pid=$$"; exec sleep 1000`,
  );

Deno.test(
  row("control: status while it is rolled back", async (bench) => {
    const gate = bench.path("gate");
    const file = bench.write("app.conf", "first");
    const asker = new Asker(bench);
    const manager = bench.run([
      ...[QUICK, POLLS, `--config=${file}`, `--control=${asker.address}`],
      ...[`--snapshot-dir=${bench.path("copies")}`, "--ready=log:ready pid="],
      ...["--retry-rejected=never", "--", fragile(bench, gate), "{config}"],
    ]);
    await manager.ready();
    await manager.log.wait("is ready");
    await using events = await asker.events();
    bench.write("gate", "");
    change(file, "bad");
    await events.line("Rolling back");
    await events.state("running");
    const during = await statusOf(asker);
    equal(during.reload.decided_outcome, "rolled_back");
    deepEqual([during.child.running, during.child.ready], [true, false]);
    equal(during.child.start_reason, "rollback");
    equal((await asker.get("/readyz")).status, 503);
    Deno.removeSync(gate);
    const { data } = await events.ended();
    equal(data.reload.outcome, "rolled_back");
    const after = await statusOf(asker);
    equal(after.paths[0].status, "rejected");
    equal(after.paths[0].running_sha256, await sha256("first"));
    equal(after.last_reload_successful, false);
    equal(after.debug.status, "error");
    equal((await asker.get("/readyz")).body, "ok");
    const { status, body } = await asker.get("/health");
    equal(status, 200);
    const health = JSON.parse(body);
    deepEqual(
      [health.status, health.checks.config.status],
      ["degraded", "degraded"],
    );
    equal(await asker.metric("flush_manager_config_rolled_back"), 1);
    equal(
      await asker.metric(
        'flush_manager_reloads_total{trigger="config",outcome="rolled_back"}',
      ),
      1,
    );
  }),
);

Deno.test(
  row("control: not ready for the length of a drain delay", async (bench) => {
    const drainMs = Math.round(scaled(1_500));
    const { file, manager, asker } = await controlled(bench, [
      `--drain-delay=${drainMs}ms`,
    ]);
    await using events = await asker.events();
    equal((await asker.get("/readyz")).body, "ok");
    change(file, "second");
    const begun = await events.state("draining");
    const during = await asker.get("/readyz");
    const { state, child } = await statusOf(asker);
    if (state !== "draining") throw new Stalled("The delay was over before");
    equal(during.status, 503);
    match(during.body, /^drain: /);
    equal(child.running, true);
    const stopping = await events.state("stopping");
    const lengthMs = Date.parse(stopping.data.time) -
      Date.parse(begun.data.time);
    // The clock of these times may be set.
    ok(lengthMs >= drainMs - 50, `${lengthMs} ms`);
    equal((await events.ended()).data.reload.outcome, "applied");
    await runsOn(manager, "second", 2);
    equal((await asker.get("/readyz")).body, "ok");
  }),
);

Deno.test(
  row("control: health tells of a dependency's comings", async (bench) => {
    using nobody = holdPort();
    const { asker } = await controlled(bench, [
      `--health-check=db=file:${bench.path("database")}`,
      `--health-check=off=tcp:127.0.0.1:${nobody.port}`,
      "--health-interval=1s",
    ]);
    const health = async () => {
      const { status, body } = await asker.get("/health");
      const { status: level, checks } = JSON.parse(body);
      return { code: status, level, db: checks.db, off: checks.off };
    };
    const seen = (status: string) =>
      until(`db is ${status}`, async () => {
        const found = await health();
        return found.db.status === status ? found : undefined;
      });
    const missing = await seen("error");
    deepEqual([missing.code, missing.level], [503, "error"]);
    bench.write("database", "");
    const there = await seen("ok");
    equal(there.off.status, "error");
    deepEqual([there.code, there.level], [503, "error"]);
    const up = (name: string) =>
      asker.metric(`flush_manager_dependency_up{name="${name}"}`);
    deepEqual([await up("db"), await up("off")], [1, 0]);
    Deno.removeSync(bench.path("database"));
    await seen("error");
    equal(await up("db"), 0);
    // What others lack is no reason to send no requests to this one.
    equal((await asker.get("/readyz")).body, "ok");
  }),
);
