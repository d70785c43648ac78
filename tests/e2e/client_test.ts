/** The subcommands of the executable against a manager of the same executable. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { controlled as started, said } from "./control.ts";
import { holdPort } from "../fixtures/held_port.ts";
import { EXECUTABLE } from "./harness.ts";
import { change, POLLS, QUICK, runsOn, script, sha256 } from "./reloads.ts";
import { until } from "./until.ts";

/** Where no terminal is, JSON is the default. */
const asText = (words: readonly string[]) =>
  words.includes("-o") ? words : [...words, "-o", "text"];

/** A manager on app.conf with a control socket, and how to ask it. */
async function controlled(bench: Bench, ...options: readonly string[]) {
  const { asker, ...running } = await started(bench, options);
  const ask = (...words: readonly string[]) => asker.command(...asText(words));
  return { ...running, socket: asker.address, ask };
}

interface StatusJson {
  readonly state: string;
  readonly pid: number;
  readonly child: { readonly pid: number; readonly ready: boolean };
  readonly paths: readonly { readonly running_sha256: string }[];
  readonly hold: { readonly reason: string } | null;
  readonly reloads: readonly { readonly outcome: string }[];
}

type Ask = Awaited<ReturnType<typeof controlled>>["ask"];

async function statusOf(ask: Ask): Promise<StatusJson> {
  const { code, out } = await ask("status", "-o", "json");
  equal(code, 0);
  return JSON.parse(out);
}

/** A check that refuses content with the word bad. */
const checkOf = (bench: Bench) =>
  `--check-command=${script(bench, "check", '! grep -q bad "$1"')} {config}`;

Deno.test(
  row("client: status tells what runs on which content", async (bench) => {
    const { manager, ask } = await controlled(bench);
    const status = await statusOf(ask);
    equal(status.state, "running");
    equal(status.pid, manager.pid);
    deepEqual(status.child.pid, manager.childPid);
    equal(status.paths[0].running_sha256, await sha256("first"));
    const { code, out, errors } = await ask("status");
    deepEqual([code, errors], [0, ""]);
    match(out, /^state: running since \d{4}-\d\d-\d\dT/);
    match(
      out,
      new RegExp(`^child: running, ready, pid ${manager.childPid},`, "m"),
    );
    const health = await ask("health");
    equal(health.code, 0);
    match(health.out, /^status: ok\n(.*\n)*child: ok: /);
    deepEqual(await ask("health", "--ready"), {
      code: 0,
      out: "ok",
      errors: "",
    });
  }),
);

Deno.test(
  row("client: the variable of the manager is enough", async (bench) => {
    const { socket } = await controlled(bench);
    const env = { FLUSH_MANAGER_CONTROL: socket };
    const { code, out } = await said(bench.run(asText(["status"]), { env }));
    equal(code, 0);
    match(out, /^state: running/);
  }),
);

Deno.test(
  row("client: reload --wait is 0 when it is applied", async (bench) => {
    const { manager, ask } = await controlled(bench);
    const { code, out } = await ask("reload", "--wait");
    equal(code, 0);
    match(out, /^Reload 1 applied in /);
    await manager.started(2);
    const begun = await ask("reload");
    equal(begun.code, 0);
    match(begun.out, /^Reload 2 has begun/);
    await manager.out.wait("config: first", { nth: 3 });
  }),
);

Deno.test(
  row("client: reload --wait is 1 when it is rejected", async (bench) => {
    const { file, manager, ask } = await controlled(bench, checkOf(bench));
    change(file, "bad");
    await manager.log.wait("New configuration rejected: ");
    const known = await ask("reload", "--wait");
    equal(known.code, 1);
    match(known.errors, /^flush-manager: Cannot reload: /);
    const forced = await ask("reload", "--wait", "--force");
    equal(forced.code, 1);
    match(
      forced.errors,
      /^flush-manager: Reload \d+ rejected in .*: the check/,
    );
    equal(manager.starts, 1);
    const { reloads } = await statusOf(ask);
    deepEqual(reloads.map(({ outcome }) => outcome), ["rejected", "rejected"]);
  }),
);

Deno.test(
  row("client: reload --wait is 1 when it is rolled back", async (bench) => {
    const program = script(
      bench,
      "program",
      'grep -q bad "$1" && exit 3; echo "ready pid=$$"; exec sleep 1000',
    );
    const file = bench.write("app.conf", "first");
    const socket = `unix:${bench.path("control.sock")}`;
    const manager = bench.run([
      ...[QUICK, POLLS, `--config=${file}`, `--control=${socket}`],
      ...[`--snapshot-dir=${bench.path("copies")}`, "--ready=log:ready pid="],
      ...["--on-change=none", "--", program, file],
    ]);
    await manager.ready();
    change(file, "bad");
    await manager.log.wait("File change detected");
    const words = ["reload", "--wait", `--control=${socket}`];
    const { code, errors } = await said(bench.run(asText(words)));
    equal(code, 1);
    match(errors, /^flush-manager: Reload \d+ rolled back in /);
  }),
);

Deno.test(
  row("client: a hold keeps changes back until resume", async (bench) => {
    const { file, manager, ask } = await controlled(bench);
    const held = await ask("hold", "--reason", "incident 7", "--for", "30m");
    deepEqual([held.code, held.out], [0, "Changes are held back for 30m0s"]);
    equal((await statusOf(ask)).hold?.reason, "incident 7");
    change(file, "second");
    await manager.log.wait("File change detected");
    const refused = await ask("reload");
    equal(refused.code, 1);
    match(refused.errors, /incident 7$/);
    manager.expectStarts(1);
    equal((await ask("resume")).code, 0);
    await runsOn(manager, "second", 2);
    const again = await ask("resume");
    equal(again.code, 1);
    match(
      again.errors,
      /^flush-manager: Cannot resume changes: they are not held back$/m,
    );
  }),
);

Deno.test(
  row(
    "client: the child is stopped and started, the manager stays",
    async (bench) => {
      const { manager, ask } = await controlled(bench);
      equal((await ask("stop-child", "--wait")).code, 0);
      equal((await statusOf(ask)).state, "halted");
      equal((await ask("stop-child")).code, 1);
      const ready = await ask("health", "--ready");
      equal(ready.code, 1);
      match(ready.out, /child: /);
      // A kubelet that ended the container now would undo what was asked for.
      equal((await ask("health", "--live")).code, 0);
      equal((await ask("start-child")).code, 0);
      await manager.out.wait("config: first", { nth: 2 });
      await until("readiness", async () => {
        const { code } = await ask("health", "--ready");
        return code === 0 ? true : undefined;
      });
    },
  ),
);

Deno.test(
  row("client: events are told as they come, until ^C", async (bench) => {
    const { file, manager, ask } = await controlled(bench);
    const socket = `--control=unix:${bench.path("control.sock")}`;
    const text = bench.run(asText(["events", socket]));
    const json = bench.run(["events", "-o", "json", socket]);
    // Nothing tells that they listen but what they hear.
    await until("both readers", async () => {
      await ask("log-level", "debug");
      await ask("hold");
      await ask("resume");
      return text.out.count("hold: ") > 0 && json.out.count('"hold"') > 0
        ? true
        : undefined;
    });
    change(file, "second");
    await runsOn(manager, "second", 2);
    await text.out.wait(/Z reload: 1 applied in /);
    await text.out.wait(/Z state: running -> stopping on /);
    await text.out.wait(/Z log: INFO Child process started with PID: /);
    const line = await json.out.wait(/"event":"reload".*"what":"ended"/);
    equal(JSON.parse(line.text).data.reload.outcome, "applied");
    for (const client of [text, json]) {
      client.signal("SIGINT");
      equal(await client.exitCode(), 130);
    }
    ok(manager.starts === 2);
  }),
);

Deno.test(
  row("client: the level of the log is set while it runs", async (bench) => {
    const { manager, ask } = await controlled(bench);
    equal((await ask("log-level", "error")).code, 0);
    const lines = manager.log.entries.length;
    equal((await ask("reload", "--wait")).code, 0);
    equal((await ask("log-level", "info")).code, 0);
    equal((await ask("reload", "--wait")).code, 0);
    await manager.log.wait("Child process started with PID: ", { from: lines });
    equal(manager.log.count("Child process started", lines), 1);
    equal(manager.log.count("DEBUG: ", lines), 0);
  }),
);

Deno.test(
  row("client: over TCP a token is asked for", async (bench) => {
    using held = holdPort();
    const { port } = held;
    const file = bench.write("token", "right-7\n");
    const address = `--control=tcp:127.0.0.1:${port}`;
    await controlled(bench, address, `--control-token-file=${file}`);
    const ask = (...words: readonly string[]) =>
      said(bench.run(asText(["status", address, ...words])));
    equal((await ask(`--token-file=${file}`)).code, 0);
    const none = await ask();
    equal(none.code, 3);
    match(none.errors, /name the file of the token with --token-file$/);
    const wrong = await ask(`--token-file=${bench.write("other", "wrong-7")}`);
    equal(wrong.code, 3);
    match(wrong.errors, /The token is wrong$/);
  }),
);

Deno.test(
  row("client: no manager, or one that is suspended, is 3", async (bench) => {
    const { manager, ask } = await controlled(bench);
    manager.signal("SIGSTOP");
    const { code, errors } = await ask("status", "--timeout=300ms");
    equal(code, 3);
    match(errors, /: it gave no answer within 300ms; /);
    manager.signal("SIGCONT");
    equal(await manager.stop(), 0);
    const gone = await ask("status");
    equal(gone.code, 3);
    match(
      gone.errors,
      /^flush-manager: Cannot ask flush-manager at unix:.*: there is no such socket; /,
    );
  }),
);

Deno.test(
  row(
    "client: a program called status is run when that is said",
    async (bench) => {
      const directory = bench.mkdir("bin");
      script(bench, "bin/status", 'echo "status $1"');
      const env = { PATH: `${directory}:${Deno.env.get("PATH") ?? ""}` };
      const forms = [["--config=", "--", "status", "x"], [
        "--config=",
        "--command=status",
        "x",
      ]];
      for (const args of forms) {
        const { code, out } = await said(bench.run(args, { env }));
        deepEqual([code, out], [0, "status x"]);
      }
    },
  ),
);

Deno.test(
  row("client: at a terminal a screen, and top until q", async (bench) => {
    await controlled(bench);
    const control = `--control=unix:${bench.path("control.sock")}`;
    const run = (words: string) =>
      bench.run([`${EXECUTABLE} ${words} ${control}`, "/dev/null"], {
        program: ["script", "-qec"],
        env: { TERM: "xterm", SHELL: "/bin/sh" },
        stdin: "piped",
      });
    const status = run("status");
    await status.out.wait("running for ");
    await status.out.wait("PATH");
    equal(await status.exitCode(), 0);
    const top = run("top");
    await top.out.wait("q: quit");
    await top.type("q");
    equal(await top.exitCode(), 0);
    const text = top.out.entries.map((line) => line.text).join("\n");
    ok(text.includes("\x1b[?1049h") && text.includes("\x1b[?1049l"), text);
  }),
);

/** Runs `"$0" "$@"`, redirected as the script says. */
async function redirected(
  script: string,
  words: readonly string[],
  cwd: string,
): Promise<{ readonly code: number; readonly errors: string }> {
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, EXECUTABLE, ...words],
    cwd,
  }).output();
  return { code, errors: new TextDecoder().decode(stderr) };
}

/** The pipe has no reader any more before anything is written. */
const UNREAD =
  'mkfifo p; exec 3<>p; exec 4>p; exec 3>&-; rm p; exec "$0" "$@" >&4';

Deno.test(
  row("client: output that cannot be written is told", async (bench) => {
    const { socket } = await controlled(bench);
    const control = `--control=${socket}`;
    for (
      const words of [
        ["--help"],
        ["--version"],
        ["help", "status"],
        ["check", "--config=", "--", "true"],
        ["completion", "bash"],
        ["status", control],
        ["diagnose", control, "-o", "-"],
      ]
    ) {
      const full = await redirected(
        'exec "$0" "$@" >/dev/full',
        words,
        bench.directory,
      );
      equal(full.code, 1, words.join(" "));
      match(
        full.errors,
        /(^|\n)flush-manager: Cannot write to stdout: No space left on device\n$/,
      );
      const unread = await redirected(UNREAD, words, bench.directory);
      equal(unread.code, 141, words.join(" "));
      ok(!unread.errors.includes("flush-manager:"), unread.errors);
    }
    // Nobody can be told why: the exit code has to do.
    const silent = await redirected(
      'exec "$0" "$@" 2>/dev/full',
      ["status", "--control=unix:/no/such/socket"],
      bench.directory,
    );
    equal(silent.code, 3);
  }),
);
