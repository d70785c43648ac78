/** `{env:NAME}`: the variables of the child in arguments, probes, checks and actions. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, row } from "./bench.ts";
import { controlled } from "./control.ts";
import type { Manager } from "./harness.ts";
import { change, linesOf, QUICK, refuses, script, start } from "./reloads.ts";
import { until } from "./until.ts";

const UNSET = "the variable is not set";

/** A value that must not be seen anywhere. */
const SECRET = "hunter2hunter2";

const shows = (manager: Manager, text: string): boolean =>
  manager.log.entries.some((line) => line.text.includes(text));

Deno.test(
  row(
    "placeholder: arguments, checks and actions have the child's variables, and the log has none",
    async (bench) => {
      const env = bench.write("app.env", `WORD=${SECRET}\n`);
      const note = script(bench, "note", 'echo "$@" >> notes');
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        `--env-file=${env}`,
        `--workdir=${bench.directory}`,
        QUICK,
        `--check-command=${note} check {env:WORD}`,
        `--before-start=${note} before {env:WORD} {{env:WORD}}`,
        `--on-change=exec:${note} action {env:WORD} {{{env:WORD}}}`,
        "--",
        bench.child,
        "--ready-line",
        "--args",
        "{env:WORD}",
        '{{.Names}} {"a":{"b":1}}',
      ]);
      await manager.out.wait(`arg: ${SECRET}`);
      await manager.out.wait('arg: {{.Names}} {"a":{"b":1}}');
      change(file, "second");
      await manager.log.wait("New configuration applied");
      equal(await manager.stop(), 0);
      deepEqual(linesOf(bench.path("notes")), [
        `check ${SECRET}`,
        `before ${SECRET} {env:WORD}`,
        `check ${SECRET}`,
        `action ${SECRET} {${SECRET}}`,
      ]);
      ok(!shows(manager, SECRET));
      ok(shows(manager, "action {env:WORD}"));
    },
  ),
);

Deno.test(
  row(
    "placeholder: a port changed in the env file does not roll itself back",
    async (bench) => {
      using first = holdPort();
      using second = holdPort();
      const env = bench.write("app.env", `PORT=${first.port}\n`);
      const manager = bench.run([
        "--config=",
        `--env-file=${env}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--strategy=overlap",
        QUICK,
        "--ready=tcp:127.0.0.1:{env:PORT}",
        "--",
        bench.child,
        "--listen",
        "{env:PORT}",
        "--ready-line",
      ]);
      await manager.log.wait("is ready after");
      change(env, `PORT=${second.port}\n`);
      await start(manager, 2);
      await manager.log.wait("is ready after", { nth: 2 });
      await manager.log.wait("restarted successfully after config change");
      equal(await manager.stop(), 0);
      ok(!shows(manager, "Rolling back") && !shows(manager, "Cannot replace"));
    },
  ),
);

Deno.test(
  row("placeholder: an unset variable refuses the start", async (bench) => {
    for (
      const [option, where] of [
        ["--ready=tcp:127.0.0.1:{env:NO_PORT}", "--ready"],
        ["--wait-for=tcp:127.0.0.1:{env:NO_PORT}", "--wait-for"],
        ["--check-command=true {env:NO_PORT}", "--check-command"],
        ["--before-start=true {env:NO_PORT}", "--before-start"],
      ]
    ) {
      const manager = bench.supervise({ options: [option] });
      await refuses(
        manager,
        1,
        `Cannot fill in {env:NO_PORT} in ${where}: ${UNSET}`,
      );
    }
    const manager = bench.run(["--config=", "--", "echo", "{env:NO_PORT}"]);
    await refuses(manager, 1, `{env:NO_PORT} in the arguments: ${UNSET}`);
  }),
);

Deno.test(
  row(
    "placeholder: a reload that takes a variable away, or spoils a probe, is rejected",
    async (bench) => {
      using held = holdPort();
      const env = bench.write("app.env", `PORT=${held.port}\n`);
      const manager = bench.run([
        "--config=",
        `--env-file=${env}`,
        QUICK,
        "--ready=tcp:127.0.0.1:{env:PORT}",
        "--",
        bench.child,
        "--listen",
        "{env:PORT}",
      ]);
      await manager.log.wait("is ready after");
      change(env, "OTHER=1\n");
      await manager.log.wait(
        `New configuration rejected: Cannot fill in {env:PORT} in the arguments: ${UNSET}`,
      );
      change(env, `PORT=${SECRET}\n`);
      await manager.log.wait(
        "New configuration rejected: Cannot use tcp:127.0.0.1:{env:PORT}: ",
      );
      manager.expectStarts(1);
      ok(!shows(manager, SECRET));
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "placeholder: a health check asks what the latest child was told, and shows none of it",
    async (bench) => {
      const { asker } = await controlled(bench, [
        `--env=PLACE=${bench.path(SECRET)}`,
        "--health-check=db=file:{env:PLACE}",
        "--health-interval=1s",
      ]);
      const seen = (status: string) =>
        until(`db is ${status}`, async () => {
          const { body } = await asker.get("/health");
          const { db } = JSON.parse(body).checks;
          return db.status === status ? body : undefined;
        });
      const missing = await seen("error");
      ok(missing.includes("does not exist"), missing);
      bench.write(SECRET, "");
      await seen("ok");
      ok(!missing.includes(SECRET));
      ok(!(await asker.get("/status")).body.includes(SECRET));
    },
  ),
);

/** The lines of the report that begin so. */
async function checked(
  bench: Bench,
  begin: string,
  ...options: readonly string[]
): Promise<string[]> {
  const manager = bench.run(["check", "--config=", ...options, "--", "true"]);
  await manager.exitCode();
  return manager.out.entries.map(({ text }) => text)
    .filter((text) => text.startsWith(begin));
}

Deno.test(
  row(
    "placeholder: check says whether each variable is set, and shows no value",
    async (bench) => {
      const env = bench.write("app.env", `PORT=80\nWORD=${SECRET}\n`);
      const options = [
        `--env-file=${env}`,
        "--ready=http:http://localhost:{env:PORT}/{env:WORD}",
        "--wait-for=tcp:localhost:{env:NO_PORT}",
        "--before-start=true {env:WORD}",
      ];
      deepEqual(await checked(bench, "fault: ", ...options), [
        "fault: Cannot fill in {env:NO_PORT} in --wait-for: the variable is not set; set it by --env, in an --env-file or in the environment",
      ]);
      const spoilt = bench.write("spoilt.env", `PORT=${SECRET}\n`);
      const ready = "--ready=tcp:localhost:{env:PORT}";
      deepEqual(
        await checked(bench, "fault: ", `--env-file=${spoilt}`, ready),
        [
          "fault: Cannot use tcp:localhost:{env:PORT}: the values of its variables make no host and port, or no URL, of it",
        ],
      );
      deepEqual(
        await checked(bench, "fault: ", "--env=PORT=80{run}", ready),
        [],
      );
      const lines = await checked(bench, "ok: ", ...options);
      for (
        const line of [
          "ok: {env:PORT} in --ready: the variable is set",
          "ok: {env:WORD} in --before-start: the variable is set",
          "ok: ready: http:http://localhost:{env:PORT}/{env:WORD}, within 30s",
          "ok: before start: true {env:WORD}, at most 1m30s",
        ]
      ) ok(lines.includes(line), `${line}\n${lines.join("\n")}`);
      ok(!lines.join("\n").includes(SECRET));
    },
  ),
);
