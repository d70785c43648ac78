/** The sign of one child and of several, thresholds, leftovers, and ends in the middle. */
import assert from "node:assert/strict";
import { Processes } from "../../../src/host/process/processes.ts";
import {
  SignWatch,
  type SignWatchOptions,
} from "../../../src/host/ready/sign_watch.ts";
import { holdPort } from "../../fixtures/held_port.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import "../loaded_libc.ts";
import { tempDirectory, until } from "../temp.ts";
import { serve } from "../../fixtures/server.ts";

const processes = new Processes();

function readiness(
  sign: SignWatchOptions["sign"],
  options: Partial<SignWatchOptions> = {},
) {
  const ready: number[] = [];
  const whys: string[] = [];
  const watcher = new SignWatch({
    sign,
    intervalMs: 5,
    timeoutMs: HANG_MS,
    threshold: 1,
    follow: (child) => processes.follow(child),
    onReady: (run) => ready.push(run),
    onAttempt: (run, why) => whys.push(`${run}: ${why}`),
    ...options,
  });
  return { watcher, ready, whys };
}

/** A server that gives these statuses in turn, and the last one for ever. */
function answering(statuses: readonly number[]) {
  const asked = { count: 0 };
  const server = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      const status = statuses[Math.min(asked.count++, statuses.length - 1)];
      return new Response(null, { status });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return { server, asked, sign: { kind: "http", url } as const };
}

Deno.test("a child is ready when somebody accepts connections", async () => {
  using held = holdPort();
  const { port } = held;
  const sign = { kind: "tcp", host: "127.0.0.1", port } as const;
  const { watcher, ready, whys } = readiness(sign);
  watcher.watch(7, {});
  await until("it is refused", () => whys.length > 0);
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  await until("it is ready", () => ready.length > 0);
  assert.deepEqual(ready, [7]);
  assert.deepEqual(whys, ["7: connection refused"]);
  listener.close();
});

Deno.test("the successes of a threshold are in a row, and nothing is asked after them", async () => {
  const { server, asked, sign } = answering([200, 200, 503, 200, 200, 200]);
  const { watcher, ready, whys } = readiness(sign, { threshold: 3 });
  watcher.watch(1, {});
  await until("it is ready", () => ready.length > 0);
  assert.deepEqual(whys, ["1: answered 503"]);
  assert.equal(asked.count, 6);
  const later = readiness(sign);
  later.watcher.watch(2, {});
  await until("another is ready", () => later.ready.length > 0);
  assert.deepEqual([asked.count, ready], [7, [1]]);
  await server.end();
});

Deno.test("a no is told when its text differs from the one before", async () => {
  const { server, sign } = answering([503, 503, 500, 500, 503, 200]);
  const { watcher, ready, whys } = readiness(sign);
  watcher.watch(1, {});
  await until("it is ready", () => ready.length > 0);
  assert.deepEqual(
    whys,
    ["1: answered 503", "1: answered 500", "1: answered 503"],
  );
  await server.end();
});

Deno.test("two children are watched at once, each with its own variables", async () => {
  await using directory = await tempDirectory();
  const script = 'test -e "$READY"';
  const sign = { kind: "exec", argv: ["bash", "-c", script] } as const;
  const { watcher, ready, whys } = readiness(sign);
  const file = (run: number) => `${directory.path}/${run}`;
  watcher.watch(1, { READY: file(1) });
  watcher.watch(2, { READY: file(2) });
  await until("both have answered", () => whys.length === 2);
  Deno.writeTextFileSync(file(2), "");
  await until("the second is ready", () => ready.length === 1);
  Deno.writeTextFileSync(file(1), "");
  await until("the first is ready", () => ready.length === 2);
  assert.deepEqual(ready, [2, 1]);
});

Deno.test("a file that was not there is a sign", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/ready`;
  const { watcher, ready, whys } = readiness({ kind: "file", path });
  watcher.watch(1, {});
  await until("it is missed", () => whys.length > 0);
  Deno.writeTextFileSync(path, "");
  await until("it is ready", () => ready.length > 0);
  assert.deepEqual(whys, ["1: does not exist"]);
});

Deno.test("a file that is made in the turn of the start is a sign at once", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/ready`;
  const hour = 3_600_000;
  const { watcher, ready } = readiness({ kind: "file", path }, {
    intervalMs: hour,
  });
  watcher.watch(1, {});
  Deno.writeTextFileSync(path, "");
  await until("it is ready", () => ready.length > 0);
});

const LEFTOVER = "1: was there before the start and has not changed since";
const PAST = new Date("2020-01-01T00:00:00Z");

/** What makes a sign of a leftover; its mtime is PAST and its content "old". */
const RENEWALS: Readonly<Record<string, (path: string) => void>> = {
  touched: (path) => Deno.utimeSync(path, new Date(), new Date()),
  "written again": (path) => Deno.writeTextFileSync(path, "old"),
  "written with its old mtime": (path) => {
    Deno.writeTextFileSync(path, "longer");
    Deno.utimeSync(path, PAST, PAST);
  },
  "replaced by one of the same mtime": (path) => {
    Deno.writeTextFileSync(`${path}.new`, "new");
    Deno.utimeSync(`${path}.new`, PAST, PAST);
    Deno.renameSync(`${path}.new`, path);
  },
};

for (const [name, renew] of Object.entries(RENEWALS)) {
  for (const mtime of [PAST, new Date("2100-01-01T00:00:00Z")]) {
    Deno.test(`a leftover of ${mtime.getFullYear()} is no sign until it is ${name}`, async () => {
      await using directory = await tempDirectory();
      const path = `${directory.path}/ready`;
      Deno.writeTextFileSync(path, "old");
      Deno.utimeSync(path, mtime, mtime);
      const { watcher, ready, whys } = readiness({ kind: "file", path });
      watcher.watch(1, {});
      await until("it is refused", () => whys.length > 0);
      assert.deepEqual([whys, ready], [[LEFTOVER], []]);
      renew(path);
      await until("it is ready", () => ready.length > 0);
    });
  }
}

Deno.test("a leftover that went away is a sign when it comes back as it was", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/ready`;
  Deno.writeTextFileSync(path, "old");
  const { watcher, ready, whys } = readiness({ kind: "file", path });
  watcher.watch(1, {});
  await until("it is refused", () => whys.length === 1);
  Deno.renameSync(path, `${path}.away`);
  await until("it is missed", () => whys.length === 2);
  assert.deepEqual(ready, []);
  Deno.renameSync(`${path}.away`, path);
  await until("it is ready", () => ready.length > 0);
  assert.deepEqual(whys, [LEFTOVER, "1: does not exist"]);
});

Deno.test("a link that is pointed elsewhere is a sign, what it pointed to is a leftover", async () => {
  await using directory = await tempDirectory();
  const link = `${directory.path}/ready`;
  for (const name of ["a", "b"]) {
    Deno.writeTextFileSync(`${directory.path}/${name}`, "");
  }
  Deno.symlinkSync("a", link);
  const { watcher, ready, whys } = readiness({ kind: "file", path: link });
  watcher.watch(1, {});
  await until("it is refused", () => whys.length > 0);
  Deno.removeSync(link);
  Deno.symlinkSync("b", link);
  await until("it is ready", () => ready.length > 0);
});

Deno.test("a cancel in the middle of an attempt ends it without a word", async () => {
  using held = holdPort();
  const { port } = held;
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const url = `http://127.0.0.1:${port}/`;
  const { watcher, ready, whys } = readiness({ kind: "http", url });
  watcher.watch(1, {});
  // It accepts and never answers.
  const connection = await listener.accept();
  watcher.cancel(1);
  connection.close();
  listener.close();
  const after = readiness({ kind: "http", url });
  after.watcher.watch(2, {});
  await until("a later one is refused", () => after.whys.length > 0);
  after.watcher.close();
  assert.deepEqual([ready, whys], [[], []]);
});

Deno.test("a cancel between two attempts leaves no timer, and the others go on", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/ready`;
  const { watcher, ready, whys } = readiness({ kind: "file", path });
  watcher.watch(1, {});
  watcher.watch(2, {});
  await until("both have answered", () => whys.length === 2);
  watcher.cancel(1);
  watcher.cancel(9);
  Deno.writeTextFileSync(path, "");
  await until("the other is ready", () => ready.length > 0);
  watcher.close();
  assert.deepEqual(ready, [2]);
});

Deno.test("close ends all watches, and also one that has not asked yet", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/ready`;
  const hour = 3_600_000;
  const { watcher, ready, whys } = readiness({ kind: "file", path }, {
    intervalMs: hour,
  });
  watcher.watch(1, {});
  await until("it has answered", () => whys.length === 1);
  watcher.watch(2, {});
  watcher.close();
  Deno.writeTextFileSync(path, "");
  const after = readiness({ kind: "file", path: directory.path });
  after.watcher.watch(3, {});
  await until("a later one has answered", () => after.whys.length > 0);
  after.watcher.close();
  assert.deepEqual([ready, whys.length], [[], 1]);
});

Deno.test("a second watch of the same child takes the place of the first", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/ready`;
  Deno.writeTextFileSync(path, "");
  const { watcher, ready, whys } = readiness({ kind: "file", path });
  watcher.watch(1, {});
  watcher.watch(1, {});
  await until("it is refused", () => whys.length > 0);
  Deno.writeTextFileSync(path, "more");
  await until("it is ready", () => ready.length > 0);
  watcher.watch(1, {});
  await until("it is refused again", () => whys.length > 1);
  watcher.close();
  assert.deepEqual([ready, whys], [[1], [LEFTOVER, LEFTOVER]]);
});

/** Ports and processes of a child that the test is itself, and of another. */
const tcp = ({ addr }: Deno.TcpListener) =>
  ({ kind: "tcp", host: "127.0.0.1", port: addr.port }) as const;
const signal = new AbortController().signal;

/** A program that another test starts at this moment holds the old socket until its exec. */
async function listenAgain(port: number): Promise<Deno.TcpListener> {
  let listener: Deno.TcpListener | undefined;
  await until("the port is free", () => {
    try {
      listener = Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
    return listener !== undefined;
  });
  assert.ok(listener);
  return listener;
}

Deno.test("who listened before the start is not the child, who listens since is", async () => {
  using held = holdPort();
  const old = Deno.listen({ hostname: "127.0.0.1", port: held.port });
  const sign = tcp(old);
  const { watcher, ready, whys } = readiness(sign);
  await watcher.prepare(1, {}, signal);
  watcher.watch(1, {});
  // This process stands for the child: the socket was open before "its start".
  watcher.started(1, Deno.pid);
  await until("it is refused", () => whys.length > 0);
  assert.match(whys[0], /open before the child was started/);
  old.close();
  const fresh = await listenAgain(sign.port);
  await until("it is ready", () => ready.length > 0);
  fresh.close();
});

Deno.test("a socket of a process that is not of the child is not the child's", async () => {
  using held = holdPort();
  const { port } = held;
  const sign = { kind: "tcp", host: "127.0.0.1", port } as const;
  const child = new Deno.Command("sleep", { args: ["600"] }).spawn();
  const { watcher, ready, whys } = readiness(sign, { isAlone: () => false });
  await watcher.prepare(1, {}, signal);
  watcher.watch(1, {});
  watcher.started(1, child.pid);
  await until("nobody answers", () => whys.length > 0);
  using _ = Deno.listen({ hostname: "127.0.0.1", port });
  await until("somebody does", () => whys.length > 1);
  assert.match(whys[1], /no process of the child listens there/);
  assert.deepEqual(ready, []);
  watcher.close();
  child.kill("SIGKILL");
  await child.status;
});

Deno.test("a probe that said yes before the start is refused once, and counts after a no only where the child is alone", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/up`;
  const sign = { kind: "exec", argv: ["test", "-e", path] } as const;
  let alone = false;
  const refused: number[] = [];
  const { watcher, ready, whys } = readiness(sign, {
    isAlone: () => alone,
    onRefused: (run) => refused.push(run),
  });
  Deno.writeTextFileSync(path, "");
  await watcher.prepare(4, {}, signal);
  watcher.watch(4, {});
  await until("it is refused", () => refused.length > 0);
  Deno.removeSync(path);
  await until("it says no", () => whys.includes("4: exit status 1"));
  Deno.writeTextFileSync(path, "");
  await until("it is refused again", () => whys.length === 3);
  alone = true;
  Deno.removeSync(path);
  await until("it says no again", () => whys.length === 4);
  Deno.writeTextFileSync(path, "");
  await until("it is ready", () => ready.length > 0);
  assert.deepEqual([refused, ready], [[4], [4]]);
});

Deno.test("the question before a start ends with its signal, and within a second", async () => {
  const sign = { kind: "exec", argv: ["sleep", "600"] } as const;
  const { watcher } = readiness(sign);
  await watcher.prepare(1, {}, signal);
  const end = new AbortController();
  const asked = watcher.prepare(2, {}, end.signal);
  end.abort();
  await asked;
  watcher.close();
});
