/** `--on-change` and `--config PATH=ACTION`: what a change leads to besides a restart. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, row } from "./bench.ts";
import { type Manager, STARTED } from "./harness.ts";
import { isAlive } from "./processes.ts";
import { WIDE, WIDE_MS } from "./quiet_window.ts";
import {
  change,
  linesOf,
  loggedAtMs,
  loggedBeforeMs,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  records,
  runsOn,
  script,
} from "./reloads.ts";
import { until } from "./until.ts";
import { serve } from "../fixtures/server.ts";

/** Reads the file again on HUP and USR1; the signal would end it before it has said that it is ready. */
const program = (bench: Bench) =>
  script(
    bench,
    "program",
    `say() { echo "$1: $(cat "$2")"; }
     echo "config: $(cat "$1")"
     while [ -e ${bench.path("slow")} ]; do sleep 0.02; done
     trap 'say HUP "$1"' HUP
     trap 'say USR1 "$1"' USR1
     touch ${bench.path("sign")}
     echo "ready pid=$$"
     while :; do sleep 0.05; done`,
  );

/** A manager on "first", whose child reads its file again when told to. */
async function reading(
  bench: Bench,
  ...options: readonly string[]
): Promise<{ file: string; manager: Manager }> {
  const file = bench.write("app.conf", "first");
  const manager = bench.run([
    `--config=${file}`,
    `--ready=file:${bench.path("sign")}`,
    "--ready-interval=20ms",
    QUICK,
    POLLS,
    ...options,
    "--",
    program(bench),
    file,
  ]);
  await manager.ready();
  await manager.log.wait("is ready after");
  return { file, manager };
}

/** A server that answers with these, the last one again and again. */
function server(...statuses: readonly number[]) {
  const requests: string[] = [];
  const http = serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, (request) => {
    const status = statuses[Math.min(requests.length, statuses.length - 1)];
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return new Response(null, { status });
  });
  return {
    requests,
    url: `http://127.0.0.1:${http.addr.port}/-/reload`,
    [Symbol.asyncDispose]: () => http.end(),
  };
}

const AGAIN = "tried again in 1m0s unless it changes";

/** A manager on "first" whose file of variables goes after new content was checked, and before it is used. */
async function losingVariables(bench: Bench, action: string) {
  const variables = bench.write("variables", "A=1\n");
  const check = script(
    bench,
    "check",
    `grep -q first "$1" || rm -f ${variables}`,
  );
  return await reading(
    bench,
    `--env-file=${variables}`,
    `--check-command=${check} {config}`,
    `--on-change=${action}`,
    "--poll-interval=1h",
  );
}

Deno.test(
  row("3 signal: the same process is told and has the new content", async (
    bench,
  ) => {
    const { file, manager } = await reading(bench, "--on-change=signal:HUP");
    const pid = manager.childPid;
    for (const content of ["second", "third"]) {
      change(file, content);
      await manager.out.wait(`HUP: ${content}`);
    }
    await manager.log.wait(
      `Config file change detected, sending SIGHUP to child process (PID: ${pid})`,
      { nth: 2 },
    );
    await manager.nothingHappens(NO_CHANGE_MS);
    manager.expectStarts(1);
    equal(manager.out.count("HUP: "), 2);
  }),
);

Deno.test(
  row(
    "3 exec: variables that are gone are its failure, and the child's none",
    async (bench) => {
      const ran = bench.path("ran");
      const { file, manager } = await losingVariables(
        bench,
        `exec:touch ${ran}`,
      );
      change(file, "second");
      await manager.log.wait(
        /ERROR: .*Cannot apply the new configuration: Cannot read environment file .*\/variables: it does not exist; tried again in 1m0s unless it changes$/,
      );
      equal(linesOf(ran).length, 0);
      ok(isAlive(manager.childPid));
      equal(await manager.stop(), 0);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(row("3 http: it needs no variables", async (bench) => {
  await using service = server(200);
  const { file, manager } = await losingVariables(
    bench,
    `http:POST:${service.url}`,
  );
  change(file, "second");
  await manager.log.wait("New configuration applied");
  equal(await manager.stop(), 0);
  manager.expectStarts(1);
}));

Deno.test(
  row("3 signal: it is held until the child is ready", async (bench) => {
    const slow = bench.write("slow", "");
    const file = bench.write("app.conf", "first");
    const manager = bench.run([
      `--config=${file}`,
      "--on-change=signal:HUP",
      `--ready=file:${bench.path("sign")}`,
      "--ready-interval=20ms",
      QUICK,
      "--",
      program(bench),
      file,
    ]);
    await manager.out.wait("config: first");
    await manager.log.wait("Started polling");
    change(file, "second");
    await manager.log.wait(
      /sending SIGHUP to child process \(PID: \d+\) when it is ready$/,
    );
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(manager.log.count("Forwarding SIGHUP"), 0);
    Deno.removeSync(slow);
    await manager.out.wait("HUP: second");
    await manager.log.wait("Forwarding SIGHUP");
    manager.expectStarts(1);
  }),
);

Deno.test(
  row(
    "3 signal: without --ready it is held for the child's first second",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        "--on-change=signal:USR1",
        "--debounce=0",
        "--log-format=json",
        "--",
        bench.child,
        "--sleep",
        "300",
        "--trap",
        "USR1",
        "--ready-line",
      ]);
      await manager.log.wait("Started polling");
      change(file, "second");
      await manager.out.wait("got SIGUSR1");
      await manager.log.wait("Forwarding SIGUSR1");
      // It cannot have been started earlier.
      const startedAtMs = loggedBeforeMs(manager, STARTED);
      const givenAfterMs = loggedAtMs(manager, "Forwarding SIGUSR1") -
        startedAtMs;
      ok(givenAfterMs >= 990, `given after ${givenAfterMs} ms`);
      await manager.log.wait("sending SIGUSR1");
      // The line says so, unless the machine needed all of that second until here.
      const toldAfterMs = loggedAtMs(manager, "sending SIGUSR1") - startedAtMs;
      ok(toldAfterMs >= 0, `told after ${toldAfterMs} ms`);
      if (toldAfterMs < 990) equal(manager.log.count("when it is ready"), 1);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row("3 signal: content that the check rejects is not signalled", async (
    bench,
  ) => {
    const { file, manager } = await reading(
      bench,
      "--on-change=signal:HUP",
      "--check-command=grep -qv bad {config}",
    );
    change(file, "bad");
    await manager.log.wait("New configuration rejected");
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(manager.out.count("HUP"), 0);
    change(file, "second");
    await manager.out.wait("HUP: second");
  }),
);

Deno.test(
  row(
    "3 signal: with copies, DIR/current is the new content before the signal",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--on-change=signal:HUP",
        `--ready=file:${bench.path("sign")}`,
        "--ready-interval=20ms",
        QUICK,
        "--",
        program(bench),
        "{config}",
      ]);
      await manager.log.wait("is ready after");
      await manager.log.wait("Started polling");
      change(file, "second");
      await manager.out.wait("HUP: second");
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "3 exec: the program runs with {config}, the child's variables and the reason",
    async (bench) => {
      const said = bench.path("said");
      const reload = script(
        bench,
        "reload",
        `echo "$1 $(cat "$1") $COLOUR $FLUSH_MANAGER_REASON $FLUSH_MANAGER_RELOAD_COUNT" >> ${said}`,
      );
      const { file, manager } = await reading(
        bench,
        `--on-change=exec:${reload} {config}`,
        "--env=COLOUR=red",
      );
      change(file, "second");
      await manager.log.wait("New configuration applied");
      deepEqual(linesOf(said), [`${file} second red config 1`]);
      ok(
        manager.log.count(
          `Config file change detected, running ${reload} `,
        ) === 1,
      );
      change(file, "third");
      await manager.log.wait("New configuration applied", { nth: 2 });
      equal(linesOf(said)[1], `${file} third red config 2`);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "3 exec: a failure is explained, not tried again at once, and ends with the next content",
    async (bench) => {
      const list = bench.path("ran");
      const reload = script(
        bench,
        "reload",
        `cat "$1" >> ${list}; echo >> ${list}
         grep -q bad "$1" || exit 0; echo "no such key" >&2; exit 4`,
      );
      const { file, manager } = await reading(
        bench,
        `--on-change=exec:${reload} {config}`,
      );
      change(file, "bad");
      await manager.log.wait(
        `Cannot apply the new configuration: exit status 4; ${AGAIN}`,
      );
      await manager.log.wait(/ERROR: .*Action output: no such key$/);
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "second");
      await manager.log.wait("New configuration applied");
      deepEqual(linesOf(list), ["bad", "second"]);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row("3 exec: a program that is not there is a failure", async (bench) => {
    const { file, manager } = await reading(
      bench,
      "--on-change=exec:/no/such/reload",
    );
    change(file, "second");
    const { text } = await manager.log.wait(
      "Cannot apply the new configuration: ",
    );
    ok(text.endsWith(AGAIN));
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(manager.log.count("Cannot apply"), 1);
  }),
);

Deno.test(
  row(
    "3 exec: TERM meanwhile ends the program and the child",
    async (bench) => {
      const pid = bench.path("pid");
      const reload = script(
        bench,
        "reload",
        `echo $$ > ${pid}; exec sleep 1000`,
      );
      const { file, manager } = await reading(
        bench,
        `--on-change=exec:${reload}`,
      );
      change(file, "second");
      await until("the action", () => linesOf(pid)[0]);
      equal(await manager.stop(), 0);
      deepEqual(await manager.survivors(), []);
    },
  ),
);

Deno.test(row("3 http: a 2xx is success", async (bench) => {
  await using http = server(204);
  const { file, manager } = await reading(
    bench,
    `--on-change=http:POST:${http.url}`,
  );
  change(file, "second");
  await manager.log.wait("New configuration applied");
  await manager.log.wait(
    `Config file change detected, calling POST ${http.url}`,
  );
  deepEqual(http.requests, ["POST /-/reload"]);
  manager.expectStarts(1);
}));

Deno.test(
  row(
    "3 http: a 500 is tried again, said why, and a later 200 is success",
    async (
      bench,
    ) => {
      await using http = server(500, 503, 200);
      const { file, manager } = await reading(
        bench,
        `--on-change=http:PUT:${http.url}`,
      );
      change(file, "second");
      await manager.log.wait("New configuration applied");
      deepEqual(
        manager.log.matches("Cannot apply the new configuration yet: ")
          .map(({ text }) => text.slice(text.indexOf("yet: "))),
        [
          "yet: answered 500; trying again in 1s",
          "yet: answered 503; trying again in 2s",
        ],
      );
      equal(http.requests.length, 3);
    },
  ),
);

Deno.test(
  row(
    "3 http: refused for ever is given up, and the next content is tried",
    async (
      bench,
    ) => {
      using closed = holdPort();
      const url = `http://127.0.0.1:${closed.port}/-/reload`;
      const { file, manager } = await reading(
        bench,
        `--on-change=http:POST:${url}`,
      );
      change(file, "second");
      await manager.log.wait(
        `Cannot apply the new configuration: connection refused (5 attempts); ${AGAIN}`,
      );
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.log.count("calling POST"), 1);
      change(file, "third");
      await manager.log.wait("calling POST", { nth: 2 });
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "3 http: content that changes between attempts is applied after them",
    async (
      bench,
    ) => {
      await using http = server(500, 200);
      const { file, manager } = await reading(
        bench,
        `--on-change=http:POST:${http.url}`,
      );
      change(file, "second");
      await manager.log.wait("trying again in 1s");
      change(file, "third");
      await manager.log.wait("New configuration applied", { nth: 2 });
      equal(http.requests.length, 3);
      equal(manager.log.count("calling POST"), 2);
    },
  ),
);

Deno.test(row("3 http: a URL's password is in no line", async (bench) => {
  await using http = server(200);
  const { file, manager } = await reading(
    bench,
    `--on-change=http:POST:${http.url.replace("//", "//me:hunter2@")}`,
  );
  change(file, "second");
  await manager.log.wait("New configuration applied");
  equal(manager.log.count("hunter2"), 0);
}));

Deno.test(row("3 none: the change is told, and nothing else", async (bench) => {
  const { file, manager } = await reading(bench, "--on-change=none");
  change(file, "second");
  await manager.log.wait(
    "Config file change detected, nothing else to do as asked",
  );
  await manager.nothingHappens(NO_CHANGE_MS);
  equal(manager.log.count("nothing else to do as asked"), 1);
  change(file, "third");
  await manager.log.wait("nothing else to do as asked", { nth: 2 });
  manager.expectStarts(1);
}));

/** A manager on "first", and on paths that each have an action of their own. */
async function perPath(bench: Bench, ...options: readonly string[]) {
  const main = bench.write("main.conf", "0");
  const rules = bench.write("rules.conf", "0");
  const notes = bench.write("notes.conf", "0");
  const { file, manager } = await reading(
    bench,
    `--config=${main}=restart`,
    `--config=${rules}=signal:USR1`,
    `--config=${notes}=none`,
    "--on-change=signal:HUP",
    ...options,
  );
  return { main, rules, notes, file, manager };
}

Deno.test(
  row("3 per path: each has its own action", async (bench) => {
    const { main, rules, notes, file, manager } = await perPath(bench);
    change(notes, "1");
    await manager.log.wait("nothing else to do as asked");
    change(rules, "1");
    await manager.out.wait("USR1: first");
    change(file, "second");
    await manager.out.wait("HUP: second");
    manager.expectStarts(1);
    change(main, "1");
    await runsOn(manager, "second", 2);
    equal(manager.out.count("USR1"), 1);
    equal(manager.log.count("nothing else to do as asked"), 1);
  }),
);

Deno.test(
  row(
    "3 per path: a restart in a batch is taken alone, and none adds nothing",
    async (bench) => {
      const { main, rules, notes, manager } = await perPath(bench, ...WIDE);
      for (const path of [notes, rules, main]) change(path, "2");
      await runsOn(manager, "first", 2);
      await manager.log.wait("is ready after", { nth: 2 });
      await manager.nothingHappens(NO_CHANGE_MS + WIDE_MS);
      equal(manager.out.count("USR1"), 0);
      equal(manager.log.count("nothing else to do as asked"), 0);
      for (const path of [rules, notes]) change(path, "3");
      await manager.out.wait("USR1: first");
      equal(manager.log.count("nothing else to do as asked"), 0);
    },
  ),
);

Deno.test(
  row(
    "3 restart: asked for by name it is what it is without",
    async (bench) => {
      const { file, manager } = await reading(bench, "--on-change=restart");
      change(file, "second");
      await runsOn(manager, "second", 2);
    },
  ),
);

Deno.test(row("3 the action's fields in a JSON log", async (bench) => {
  await using http = server(200);
  const { file, manager } = await reading(
    bench,
    `--on-change=http:POST:${http.url}`,
    "--log-format=json",
  );
  change(file, "second");
  await manager.log.wait("New configuration applied");
  const [record] = records(manager, "calling POST");
  equal(record.method, "POST");
  equal(record.url, http.url);
  match(String(record.time), /^\d{4}-/);
}));

const SAME_AGAIN = "is the running child's again";

Deno.test(
  row(
    "3 exec: after an action that failed, the content from before is applied again",
    async (bench) => {
      const told = bench.path("told");
      const apply = script(
        bench,
        "apply",
        `cat "$1" >> ${told}; echo >> ${told}; ! grep -q second "$1"`,
      );
      const { file, manager } = await reading(
        bench,
        `--on-change=exec:${apply} {config}`,
      );
      change(file, "second");
      await manager.log.wait("Cannot apply the new configuration");
      change(file, "first");
      await manager.log.wait("New configuration applied");
      await manager.nothingHappens(NO_CHANGE_MS);
      deepEqual(linesOf(told), ["second", "first"]);
      equal(manager.log.count(SAME_AGAIN), 0);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "3 exec: after an action that failed, and with copies, the content from before is applied again",
    async (bench) => {
      const told = bench.path("told");
      const apply = script(
        bench,
        "apply",
        `cat "$1" >> ${told}; echo >> ${told}; ! grep -q second "$1"`,
      );
      const { file, manager } = await reading(
        bench,
        `--snapshot-dir=${bench.path("copies")}`,
        `--on-change=exec:${apply} {config}`,
      );
      change(file, "second");
      await manager.log.wait("Cannot apply the new configuration");
      change(file, "first");
      await manager.log.wait("New configuration applied");
      deepEqual(linesOf(told), ["second", "first"]);
      equal(manager.log.count(SAME_AGAIN), 0);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "3 http: after requests that failed, the content from before is applied again, and nothing else is restarted",
    async (bench) => {
      await using service = server(500, 500, 500, 500, 500, 200);
      const other = bench.write("other.conf", "other");
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [`${file}=http:POST:${service.url}`, other],
        options: [QUICK, POLLS],
      });
      await manager.ready();
      change(file, "second");
      await manager.log.wait(
        "Cannot apply the new configuration: answered 500",
      );
      change(file, "first");
      await manager.log.wait("New configuration applied");
      equal(service.requests.length, 6);
      equal(manager.log.count(SAME_AGAIN), 0);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "action: a redirect is not followed, and nothing was applied",
    async (bench) => {
      const asked: string[] = [];
      await using http = serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        ({ method, url }) => {
          const { pathname } = new URL(url);
          asked.push(`${method} ${pathname}`);
          return pathname === "/login"
            ? new Response("who are you?")
            : new Response(null, {
              status: 302,
              headers: { location: "/login" },
            });
        },
      );
      const { file, manager } = await bench.onFile({
        options: [
          `--on-change=http:POST:http://127.0.0.1:${http.addr.port}/reload`,
          QUICK,
        ],
      });
      change(file, "second");
      await manager.log.wait("answered 302");
      equal(manager.log.count("New configuration applied"), 0);
      ok(asked.every((request) => request === "POST /reload"), asked.join());
      equal(await manager.stop(), 0);
    },
  ),
);
