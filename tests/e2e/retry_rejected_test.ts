/** `--retry-rejected`: content that circumstances rejected is tried again, what its check refused is not. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import {
  change,
  linesOf,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  records,
  runsOn,
  script,
} from "./reloads.ts";
import { serve } from "../fixtures/server.ts";

/** Often enough that what must not be tried again would be. */
const SOON = "--retry-rejected=300ms..400ms";
const TRYING = "Trying the rejected configuration again";
const ACCEPTED = "New configuration accepted";

/** A child that, on other content than "first", ends unless this file is there. */
const NEEDING = `
content=$(cat "$1")
echo "config: $content"
echo "ready pid=$$"
[ "$content" = first ] || [ -e "$2" ] || exit 7
touch "$3"
exec sleep 1000`;

/** A manager with copies of "first"; what is needed for other content is away. */
async function needing(bench: Bench, ...options: readonly string[]) {
  const file = bench.write("app.conf", "first");
  const needed = bench.path("database");
  const sign = bench.path("sign");
  const manager = bench.run([
    `--config=${file}`,
    `--snapshot-dir=${bench.path("copies")}`,
    `--ready=file:${sign}`,
    "--ready-interval=20ms",
    QUICK,
    POLLS,
    ...options,
    "--",
    script(bench, "program", NEEDING),
    "{config}",
    needed,
    sign,
  ]);
  await manager.ready();
  await manager.log.wait("is ready after");
  return { file, needed, manager };
}

/** A manager on "first" with this check, which gets the path. */
async function checking(
  bench: Bench,
  check: string,
  ...options: readonly string[]
) {
  const file = bench.write("app.conf", "first");
  const manager = bench.supervise({
    config: [file],
    options: [`--check-command=${check} {config}`, QUICK, POLLS, ...options],
  });
  await manager.ready();
  return { file, manager };
}

const count = ({ log }: Manager, text: string) => log.count(text);

Deno.test(
  row(
    "2 retry: a rollback is tried again until what was away is back",
    async (bench) => {
      const { file, needed, manager } = await needing(bench, SOON);
      change(file, "second");
      const { text } = await manager.log.wait("Rolling back: ");
      match(text, /; the new one is tried again in 300ms unless it changes$/);
      const again = await manager.log.wait("Rolling back: ", { nth: 2 });
      match(again.text, /tried again in 400ms unless it changes$/);
      Deno.writeTextFileSync(needed, "");
      await manager.log.wait(
        /is ready after|restarted on the last good/,
        { from: manager.log.entries.indexOf(again) },
      );
      await manager.out.wait("config: second", { nth: 3 });
      await manager.log.wait("is ready after", { nth: 4 });
      const { starts } = manager;
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.starts, starts, "accepted content is not tried again");
      equal(manager.out.matches("config: ").at(-1)?.text, "config: second");
    },
  ),
);

Deno.test(
  row("2 retry: the default is a minute, and said", async (bench) => {
    const { file, manager } = await needing(bench);
    change(file, "second");
    const { text } = await manager.log.wait("Rolling back: ");
    match(text, /; the new one is tried again in 1m0s unless it changes$/);
    await manager.log.wait("restarted on the last good configuration");
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(count(manager, TRYING), 0);
  }),
);

Deno.test(
  row("2 retry: never waits for other content", async (bench) => {
    const { file, manager } = await needing(bench, "--retry-rejected=never");
    change(file, "second");
    const { text } = await manager.log.wait("Rolling back: ");
    await manager.log.wait("restarted on the last good configuration");
    match(text, /; the new one is not tried again until it changes$/);
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(count(manager, TRYING), 0);
  }),
);

Deno.test(
  row("2 retry: a change ends it, and is used", async (bench) => {
    const { file, manager } = await needing(bench, SOON);
    change(file, "second");
    await manager.log.wait("Rolling back: ");
    change(file, "first");
    await manager.log.wait("running child's again, nothing to do");
    const { starts } = manager;
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(manager.starts, starts);
  }),
);

Deno.test(
  row(
    "2 retry: the next child of an overlap has another turn",
    async (bench) => {
      const { file, needed, manager } = await needing(
        bench,
        SOON,
        "--strategy=overlap",
        "--ready-timeout=5s",
      );
      const old = manager.childPid;
      change(file, "second");
      const { text } = await manager.log.wait("Cannot replace child process");
      match(
        text,
        /the next one ended; it keeps running on its last configuration; the new one is tried again in 300ms unless it changes$/,
      );
      Deno.writeTextFileSync(needed, "");
      await manager.log.wait("restarted successfully after config change");
      await manager.log.wait(`process (PID: ${old}) stopped gracefully`);
      equal(manager.out.matches("config: ").at(-1)?.text, "config: second");
    },
  ),
);

for (
  const [what, begin, detail] of [
    [
      "takes too long",
      'grep -q first "$1" || [ -e "$0.go" ] || exec sleep 1000',
      "the check took longer than 200ms",
    ],
    [
      "is killed",
      'grep -q first "$1" || [ -e "$0.go" ] || kill -KILL $$',
      "the check ended with signal: killed",
    ],
  ] as const
) {
  Deno.test(
    row(`2 retry: a check that ${what} is asked again`, async (bench) => {
      const check = script(bench, "check", begin);
      const { file, manager } = await checking(
        bench,
        check,
        SOON,
        "--check-timeout=200ms",
      );
      change(file, "second");
      const { text } = await manager.log.wait("New configuration rejected: ");
      ok(
        text.endsWith(
          `${detail}; the child keeps its last configuration; the new one is tried again in 300ms unless it changes`,
        ),
        text,
      );
      await manager.log.wait(TRYING, { nth: 2 });
      Deno.writeTextFileSync(`${check}.go`, "");
      await runsOn(manager, "second", 2);
    }),
  );
}

Deno.test(
  row(
    "2 retry: a check that could not be started is asked again",
    async (bench) => {
      const check = script(bench, "check", "exit 0");
      const { file, manager } = await checking(bench, check, SOON);
      Deno.renameSync(check, `${check}.away`);
      change(file, "second");
      await manager.log.wait(
        /New configuration rejected: the check could not be started: .*; the new one is tried again in 300ms unless it changes$/,
      );
      Deno.renameSync(`${check}.away`, check);
      await runsOn(manager, "second", 2);
    },
  ),
);

Deno.test(
  row(
    "2 retry: what the check refused waits for other content",
    async (bench) => {
      const asked = bench.path("asked");
      const check = script(
        bench,
        "check",
        `cat "$1" >> ${asked}; echo >> ${asked}; ! grep -q bad "$1"`,
      );
      const { file, manager } = await checking(bench, check, SOON);
      change(file, "bad");
      const { text } = await manager.log.wait("New configuration rejected: ");
      ok(text.endsWith("keeps its last configuration until it changes again"));
      await manager.nothingHappens(NO_CHANGE_MS);
      deepEqual(linesOf(asked), ["first", "bad"]);
      change(file, "third");
      await runsOn(manager, "third", 2);
      equal(count(manager, TRYING), 0);
      equal(count(manager, ACCEPTED), 2);
    },
  ),
);

Deno.test(
  row("2 retry: an endpoint that is back later is told then", async (bench) => {
    using port = holdPort();
    const file = bench.write("app.conf", "first");
    const manager = bench.supervise({
      config: [file],
      options: [
        `--on-change=http:POST:http://127.0.0.1:${port.port}/-/reload`,
        QUICK,
        POLLS,
        SOON,
        "--log-format=json",
      ],
    });
    await manager.ready();
    change(file, "second");
    await manager.log.wait("Cannot apply the new configuration: ");
    const record = records(manager, "Cannot apply the new configuration: ")[0];
    match(
      String(record.msg),
      /connection refused \(5 attempts\); tried again in 300ms unless it changes$/,
    );
    equal(record.retry_ms, 300);
    const told: string[] = [];
    await using _http = serve({
      hostname: "127.0.0.1",
      port: port.port,
      onListen: () => {},
    }, (request) => {
      told.push(`${request.method} ${new URL(request.url).pathname}`);
      return new Response(null, { status: 204 });
    });
    await manager.log.wait("New configuration applied");
    await manager.nothingHappens(NO_CHANGE_MS);
    deepEqual(told, ["POST /-/reload"]);
    manager.expectStarts(1);
  }),
);
