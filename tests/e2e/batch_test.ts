/** Several paths with different actions that change in one batch: `--config PATH=ACTION`. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { WIDE } from "./quiet_window.ts";
import { change, linesOf, runsOn, script } from "./reloads.ts";
import { until } from "./until.ts";
import { serve } from "../fixtures/server.ts";

/** Answers HUP with a line, and says when it can hear it. */
const program = (bench: Bench, told: string) =>
  script(
    bench,
    "program",
    `trap 'echo HUP >> ${told}' HUP
     touch ${bench.path("sign")}
     echo "config: $(cat "$1")"
     echo "ready pid=$$"
     while :; do sleep 0.05; done`,
  );

interface Batch {
  readonly manager: Manager;
  /** Changes these paths in one batch. */
  readonly change: (content: string, ...names: readonly string[]) => void;
  /** What was told, in order: by the signal, the program and the requests. */
  readonly told: () => string[];
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** A manager on paths that are named after their actions. */
async function batch(
  bench: Bench,
  order: readonly string[],
  options: readonly string[] = [],
): Promise<Batch> {
  const told = bench.path("told");
  const http = serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, ({ method }) => {
    Deno.writeTextFileSync(told, `${method}\n`, { append: true });
    return new Response(null, { status: 204 });
  });
  const apply = script(
    bench,
    "apply",
    `echo EXEC >> ${told}; test ! -e ${bench.path("broken")}`,
  );
  const actions: Readonly<Record<string, string>> = {
    hup: "signal:HUP",
    exec: `exec:${apply}`,
    again: `exec:${apply}`,
    http: `http:POST:http://127.0.0.1:${http.addr.port}/`,
    none: "none",
    restart: "restart",
  };
  const paths = order.map((name) => bench.write(`${name}.conf`, "first"));
  const manager = bench.run([
    ...order.map((name, at) => `--config=${paths[at]}=${actions[name]}`),
    `--ready=file:${bench.path("sign")}`,
    "--ready-interval=20ms",
    ...WIDE,
    ...options,
    "--",
    program(bench, told),
    paths[0],
  ]);
  await manager.ready();
  await manager.log.wait("is ready after");
  return {
    manager,
    change: (content, ...names) => {
      for (const name of names) change(bench.path(`${name}.conf`), content);
    },
    told: () => linesOf(told),
    [Symbol.asyncDispose]: () => http.end(),
  };
}

const APPLIED = "New configuration applied";

Deno.test(
  row("batch: every action runs once, in the order of --config", async (
    bench,
  ) => {
    await using paths = await batch(bench, [
      "http",
      "exec",
      "none",
      "again",
      "hup",
    ]);
    const { manager } = paths;
    paths.change("second", "hup", "again", "none", "exec", "http");
    await manager.log.wait("Forwarding SIGHUP");
    await manager.log.wait(APPLIED);
    const { text } = await manager.log.wait("carrying out 3 actions in order");
    match(
      text,
      /: http:POST:http:\/\/127\.0\.0\.1:\d+\/, exec:\S+\/apply, signal:HUP$/,
    );
    const begun = manager.log.matches("Config file change detected, ")
      .map(({ text }) => /detected, (\w+)/.exec(text)?.[1]);
    deepEqual(begun, ["carrying", "calling", "running", "sending"]);
    equal(manager.log.count("nothing else to do as asked"), 0);
    await until("the child's answer", () => paths.told()[2]);
    deepEqual(paths.told(), ["POST", "EXEC", "HUP"]);
    equal(manager.log.count(APPLIED), 1);
    paths.change("third", "exec");
    await manager.log.wait(APPLIED, { nth: 2 });
    deepEqual(paths.told().slice(3), ["EXEC"]);
    manager.expectStarts(1);
  }),
);

Deno.test(
  row(
    "batch: a failure ends it, says what was not begun, and all of it is repeated",
    async (bench) => {
      const broken = bench.write("broken", "");
      await using paths = await batch(bench, ["http", "exec", "hup"], [
        "--retry-rejected=1s..1s",
      ]);
      const { manager } = paths;
      paths.change("second", "http", "exec", "hup");
      const { text } = await manager.log.wait(
        "Cannot apply the new configuration: exec:",
      );
      match(
        text,
        /: exec:\S+\/apply: exit status 1 \(not begun after it: signal:HUP\); tried again in 1s unless it changes$/,
      );
      equal(manager.log.count("Forwarding SIGHUP"), 0);
      Deno.removeSync(broken);
      await manager.log.wait("Forwarding SIGHUP");
      await manager.log.wait(APPLIED);
      const told = paths.told().filter((word) => word !== "HUP");
      ok(told.length >= 4, "the request that had succeeded is repeated");
      deepEqual(told.slice(-2), ["POST", "EXEC"]);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row("batch: a restart skips the other actions, and says so", async (
    bench,
  ) => {
    await using paths = await batch(bench, ["exec", "restart", "hup"]);
    const { manager } = paths;
    paths.change("second", "exec", "restart", "hup");
    const { text } = await manager.log.wait(
      "The restart puts all changes into effect, so this is skipped: ",
    );
    match(text, /: exec:\S+\/apply, signal:HUP$/);
    await runsOn(manager, "second", 2);
    deepEqual(paths.told(), []);
  }),
);

Deno.test(
  row("batch: check tells what a batch of several actions does", async (
    bench,
  ) => {
    const file = bench.write("a.conf", "");
    const other = bench.write("b.conf", "");
    const manager = bench.run([
      "check",
      `--config=${file}=signal:HUP`,
      `--config=${other}=exec:true`,
      "true",
    ]);
    equal(await manager.exitCode(), 0);
    await manager.out.wait(
      "on change of several paths at once: signal:HUP, exec:true, in this order, each once; a failure ends them",
    );
  }),
);
