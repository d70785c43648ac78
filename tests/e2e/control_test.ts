/** What the control endpoint of the executable does to its child, route by route. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { scaled } from "../fixtures/limits.ts";
import { type Bench, row, Stalled } from "./bench.ts";
import { type Asker, controlled } from "./control.ts";
import { isAlive } from "./processes.ts";
import { change, runsOn, script } from "./reloads.ts";

/** A check that refuses content with the word bad. */
const checkOf = (bench: Bench) =>
  `--check-command=${script(bench, "check", '! grep -q bad "$1"')} {config}`;

/** The answer to a command, as JSON. */
async function post(asker: Asker, path: string, body?: unknown) {
  const { status, body: text } = await asker.post(path, body);
  return { http: status, ...JSON.parse(text) };
}

Deno.test(
  row("control: POST /reload restarts on the same content", async (bench) => {
    const { manager, asker } = await controlled(bench);
    await using events = await asker.events();
    const { http, status, reload_id } = await post(asker, "/reload");
    deepEqual([http, status, reload_id], [202, "reload_initiated", 1]);
    const { data } = await events.ended();
    deepEqual(
      [data.reload.id, data.reload.trigger, data.reload.outcome],
      [1, "request", "applied"],
    );
    await runsOn(manager, "first", 2);
    const again = await post(asker, "/-/reload?wait=true");
    deepEqual([again.http, again.status], [200, "applied"]);
    await runsOn(manager, "first", 3);
  }),
);

Deno.test(
  row("control: a reload that the check refuses is 422", async (bench) => {
    const { file, manager, asker } = await controlled(bench, [checkOf(bench)]);
    await using events = await asker.events();
    change(file, "bad");
    const { data } = await events.ended();
    equal(data.reload.outcome, "rejected");
    const refused = await post(asker, "/reload?wait=true");
    deepEqual([refused.http, refused.code], [409, "rejected"]);
    match(refused.message, /^Cannot reload: /);
    const forced = await post(asker, "/reload?wait=true&force=true");
    deepEqual([forced.http, forced.status], [422, "rejected"]);
    match(forced.message, /check/);
    const { paths, last_error, last_reload_successful } = await asker.status();
    equal(paths[0].status, "rejected");
    equal(last_error.type, "rejected");
    equal(last_reload_successful, false);
    equal(await asker.metric("flush_manager_config_rejected"), 1);
    equal((await asker.get("/health")).status, 200);
    equal((await asker.get("/readyz")).body, "ok");
    manager.expectStarts(1);
  }),
);

Deno.test(
  row("control: force tries rejected content again", async (bench) => {
    const gate = bench.write("closed", "");
    const check = script(bench, "check", `! test -e ${gate}`);
    Deno.removeSync(gate);
    const { file, manager, asker } = await controlled(bench, [
      `--check-command=${check}`,
      "--retry-rejected=never",
    ]);
    await using events = await asker.events();
    bench.write("closed", "");
    change(file, "second");
    equal((await events.ended()).data.reload.outcome, "rejected");
    Deno.removeSync(gate);
    equal((await post(asker, "/reload")).http, 409);
    manager.expectStarts(1);
    const { http, status } = await post(asker, "/reload?force&wait");
    deepEqual([http, status], [200, "applied"]);
    await runsOn(manager, "second", 2);
  }),
);

Deno.test(
  row("control: a held change is applied after /resume", async (bench) => {
    const { file, manager, asker } = await controlled(bench);
    await using events = await asker.events();
    const held = await post(asker, "/hold", { reason: "incident 7" });
    deepEqual([held.http, held.status], [200, "held"]);
    change(file, "second");
    await events.line("Config file change waits until changes are resumed");
    const { hold, pending, paths } = await asker.status();
    equal(hold.reason, "incident 7");
    equal(pending.reason, "hold");
    equal(paths[0].status, "pending");
    equal(await asker.metric("flush_manager_held"), 1);
    equal(await asker.metric("flush_manager_config_pending"), 1);
    const refused = await post(asker, "/reload");
    equal(refused.http, 409);
    match(refused.message, /incident 7/);
    equal((await asker.get("/readyz")).status, 200);
    manager.expectStarts(1);
    equal((await post(asker, "/resume")).http, 200);
    equal((await events.ended()).data.reload.outcome, "applied");
    await runsOn(manager, "second", 2);
    equal(await asker.metric("flush_manager_held"), 0);
    equal((await post(asker, "/resume")).http, 409);
  }),
);

Deno.test(
  row("control: a hold ends by itself at its time", async (bench) => {
    const { file, manager, asker } = await controlled(bench);
    await using events = await asker.events();
    const holdMs = Math.round(scaled(2_000));
    await post(asker, "/hold", { for: `${holdMs}ms` });
    change(file, "second");
    const told = await events.until(
      "log",
      ({ message }) =>
        /change waits until changes are resumed|Changes are resumed/.test(
          message,
        ),
    );
    if (told.data.message.startsWith("Changes")) {
      throw new Stalled("The hold was over before the change was seen");
    }
    ok(Date.parse((await asker.status()).hold?.until) > 0);
    manager.expectStarts(1);
    // No state is left in between: the change waits for the end of the hold.
    let isTold = false;
    for (;;) {
      const { kind, data } = await events.next();
      ok(kind !== "state", JSON.stringify(data));
      isTold ||= kind === "log" && / for .*, as asked/.test(data.message);
      if (kind === "hold") break;
    }
    ok(isTold);
    await runsOn(manager, "second", 2);
    equal((await asker.status()).hold, null);
  }),
);

Deno.test(
  row("control: the child is stopped and started again", async (bench) => {
    const { file, manager, asker } = await controlled(bench);
    await using events = await asker.events();
    const pid = manager.childPid;
    equal((await post(asker, "/child/stop")).status, "stopping");
    await events.state("halted");
    ok(!isAlive(pid));
    const { state, child } = await asker.status();
    deepEqual([state, child.running, child.pid], ["halted", false, null]);
    const ready = await asker.get("/readyz");
    equal(ready.status, 503);
    match(ready.body, /^child: /);
    equal((await asker.get("/livez")).status, 200);
    equal((await post(asker, "/child/stop")).http, 409);
    equal((await post(asker, "/reload")).http, 409);
    change(file, "second");
    await events.line("waits for the start of the child");
    manager.expectStarts(1);
    equal((await post(asker, "/child/start")).status, "starting");
    await events.state("running");
    await runsOn(manager, "second", 2);
    equal((await post(asker, "/child/start")).http, 409);
    equal((await asker.get("/readyz")).status, 200);
    equal((await post(asker, "/child/stop")).http, 200);
    await events.state("halted");
    equal(await manager.stop(), 0);
  }),
);

Deno.test(
  row("control: the level of the log is set while it runs", async (bench) => {
    const { manager, asker } = await controlled(bench);
    const put = (body: string) =>
      asker.request("/log-level", { method: "PUT", body });
    equal((await put('{"level":"error"}')).status, 200);
    equal((await asker.status()).log_level, "error");
    const from = manager.log.entries.length;
    equal((await post(asker, "/reload?wait")).http, 200);
    equal((await put("info")).status, 200);
    equal((await post(asker, "/reload?wait")).http, 200);
    await manager.log.wait("Child process started with PID: ", { from });
    equal(manager.log.count("Child process started", from), 1);
    const refused = await put("loud");
    equal(refused.status, 400);
    match(refused.body, /one of trace, debug, info, warn, error/);
  }),
);

Deno.test(
  row("control: Last-Event-ID gives what was missed", async (bench) => {
    const { asker } = await controlled(bench);
    const first = await asker.events();
    await post(asker, "/hold", { reason: "one" });
    const { id: seen } = await first.until("hold");
    await first[Symbol.asyncDispose]();
    await post(asker, "/resume");
    await post(asker, "/hold", { reason: "two" });
    await using second = await asker.events(seen);
    const ids: number[] = [];
    const holds: unknown[] = [];
    while (holds.length < 2) {
      const { id, kind, data } = await second.next();
      ids.push(id);
      if (kind === "hold") holds.push(data.hold?.reason ?? null);
    }
    deepEqual(holds, [null, "two"]);
    deepEqual(ids, ids.map((_, at) => seen + 1 + at));
    await using third = await asker.events(1);
    const { kind, data } = await third.next();
    deepEqual([kind, data.last_event_id], ["gap", 1]);
    equal(
      (await asker.request("/events", { headers: { "Last-Event-ID": "x" } }))
        .status,
      400,
    );
  }),
);
