/** One attempt of each kind: yes, each kind of no, no answer at all, and cancelled in the middle. */
import assert from "node:assert/strict";
import { formatDuration } from "../../../src/core/notation/duration.ts";
import type { FilledProbe } from "../../../src/core/vocabulary/settings.ts";
import { type Answer, askOnce } from "../../../src/host/ask/probe.ts";
import { holdPort } from "../../fixtures/held_port.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import { exists, longEnough, tempDirectory, until } from "../temp.ts";
import { following } from "./following.ts";
import { closed, serve } from "../../fixtures/server.ts";

function ask(
  probe: FilledProbe,
  options: {
    timeoutMs?: number;
    signal?: AbortSignal;
    env?: Record<string, string>;
  } = {},
): Promise<Answer> {
  const { timeoutMs = HANG_MS, env = {} } = options;
  const signal = options.signal ?? new AbortController().signal;
  return following((follow) =>
    askOnce(probe, { env, timeoutMs, signal, follow })
  );
}

const exec = (script: string): FilledProbe => ({
  kind: "exec",
  argv: ["bash", "-c", script],
});
const tcp = (host: string, port: number): FilledProbe => ({
  kind: "tcp",
  host,
  port,
});

function listen(hostname = "127.0.0.1") {
  const listener = Deno.listen({ hostname, port: 0 });
  return { listener, port: listener.addr.port };
}

/**
 * The answer is a refusal, or a yes and soon a refusal: a program that is being
 * started, by a test beside this one, has a copy of our descriptors for a moment.
 */
const refused = (probe: FilledProbe) =>
  until(
    `${probe.kind}: a refusal`,
    async () => {
      const why = await ask(probe);
      if (why === undefined) return false;
      assert.equal(why, "connection refused");
      return true;
    },
  );

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("tcp: a listener is a yes, and its connection is closed at once", async () => {
  const { listener, port } = listen();
  const accepted = listener.accept();
  assert.equal(await ask(tcp("127.0.0.1", port)), undefined);
  const connection = await accepted;
  let ended = false;
  void connection.read(new Uint8Array(1)).then((got) => ended = got === null);
  await until("it is closed", () => ended);
  connection.close();
  listener.close();
});

Deno.test("tcp: localhost is each of its addresses", async () => {
  for (const hostname of hasIpv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
    const { listener, port } = listen(hostname);
    assert.equal(await ask(tcp("localhost", port)), undefined, hostname);
    assert.equal(await ask(tcp(hostname, port)), undefined, hostname);
    listener.close();
  }
  using held = holdPort(hasIpv6() ? "::" : "127.0.0.1");
  assert.equal(await ask(tcp("localhost", held.port)), "connection refused");
});

Deno.test("tcp: a refusal and a name that nobody knows are a no", async () => {
  using held = holdPort();
  assert.equal(await ask(tcp("127.0.0.1", held.port)), "connection refused");
  // Without a resolver the name is not unknown, but cannot be looked up.
  assert.match(
    String(await ask(tcp("no-such-host.invalid", 80))),
    /^host name (not found|cannot be looked up: EAI_[A-Z]+)$/,
  );
});

Deno.test("tcp: a name is looked up", async () => {
  using held = holdPort();
  const { port } = held;
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  // Every resolver knows it, with and without a network (inet_aton(3)).
  const name = "0x7f000001";
  assert.equal(await ask(tcp(name, port)), undefined);
  listener.close();
  await refused(tcp(name, port));
});

Deno.test("tcp: a listener with a full backlog gives no answer in time, and a cancel ends the wait", async () => {
  using listener = Deno.listen({
    hostname: "127.0.0.1",
    port: 0,
    tcpBacklog: 1,
  });
  const probe = tcp("127.0.0.1", listener.addr.port);
  // Every connection that is made stays in the backlog, so that in the end none
  // is made; how many fit is the kernel's affair.
  const firstNo = async (options: () => Parameters<typeof ask>[1]) => {
    for (let connections = 0; connections < 100; connections++) {
      const why = await ask(probe, options());
      if (why !== undefined) return why;
    }
  };
  const why = await firstNo(() => ({ timeoutMs: 150 }));
  assert.equal(why, "no answer within 150ms");
  const cancelled = await firstNo(() => ({ signal: AbortSignal.timeout(20) }));
  assert.equal(cancelled, "was cancelled");
});

Deno.test("tcp: cancelled at any moment it leaves nothing open", async () => {
  const { listener, port } = listen();
  const accept = async () => {
    for await (const connection of listener) connection.close();
  };
  const accepting = accept();
  // Many, because the cancel must come in the instant of the success.
  for (let round = 0; round < 1000; round++) {
    const cancel = new AbortController();
    const timer = setTimeout(() => cancel.abort(), round % 2);
    await ask(tcp("127.0.0.1", port), { signal: cancel.signal });
    clearTimeout(timer);
  }
  listener.close();
  await accepting;
});

Deno.test("file: what exists through all symlinks is a yes", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const link = `${directory.path}/link`;
  Deno.symlinkSync(path, link);
  assert.equal(await ask({ kind: "file", path: link }), "does not exist");
  Deno.writeTextFileSync(path, "");
  for (const there of [path, link, directory.path]) {
    assert.equal(await ask({ kind: "file", path: there }), undefined);
  }
  assert.equal(
    await ask({ kind: "file", path: `${path}/below` }),
    "not a directory",
  );
  Deno.removeSync(path);
  assert.equal(await ask({ kind: "file", path }), "does not exist");
});

Deno.test("file: a loop of symlinks is a no, in one line", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/loop`;
  Deno.symlinkSync(path, path);
  assert.match(
    String(await ask({ kind: "file", path })),
    /^too many levels of symbolic links$|^filesystem loop/i,
  );
});

Deno.test("exec: only exit code 0 is a yes", async () => {
  assert.equal(await ask(exec("exit 0")), undefined);
  assert.equal(await ask(exec("exit 3")), "exit status 3");
  assert.equal(await ask(exec("kill -KILL $$")), "signal: killed");
  assert.equal(
    await ask({ kind: "exec", argv: ["/no/such/program"] }),
    "no such file",
  );
});

Deno.test("exec: the program has the variables it was given", async () => {
  const env = { ANSWER: "a b" };
  assert.equal(await ask(exec('test "$ANSWER" = "a b"'), { env }), undefined);
  assert.equal(await ask(exec('test "$ANSWER" = "a b"')), "exit status 1");
});

Deno.test("exec: a program that does not end is ended, on timeout and on cancel", async () => {
  await using directory = await tempDirectory();
  const started = `${directory.path}/pid`;
  const script = exec(`echo $$ > ${started}; while :; do sleep 60; done`);
  const { result: why, limitMs } = await longEnough(
    (timeoutMs) => ask(script, { timeoutMs }),
    () => exists(started),
  );
  assert.equal(why, `no answer within ${formatDuration(limitMs)}`);
  Deno.writeTextFileSync(started, "");
  const cancel = new AbortController();
  const pending = ask(script, { signal: cancel.signal });
  await until("it runs", () => Deno.readTextFileSync(started).endsWith("\n"));
  const pid = Number(Deno.readTextFileSync(started));
  cancel.abort();
  assert.equal(await pending, "was cancelled");
  const gone = () => {
    try {
      Deno.kill(-pid, "SIGCONT");
      return false;
    } catch {
      return true;
    }
  };
  await until("its group is gone", gone);
});

Deno.test("http: a 2xx is a yes, another status and a refusal are a no", async () => {
  let status = 204;
  using held = holdPort();
  const server = serve(
    { hostname: "127.0.0.1", port: held.port, onListen: () => {} },
    ({ method }) =>
      new Response(status === 204 ? null : "body", {
        status: method === "GET" ? status : 405,
      }),
  );
  const url = `http://127.0.0.1:${server.addr.port}/health`;
  assert.equal(await ask({ kind: "http", url }), undefined);
  status = 503;
  assert.equal(await ask({ kind: "http", url }), "answered 503");
  await server.end();
  await closed(server.addr);
  await refused({ kind: "http", url });
});

Deno.test("http: a server that never answers is a no in time, and a cancel ends the wait", async () => {
  const { listener, port } = listen();
  const url = `http://127.0.0.1:${port}/`;
  const held: Deno.Conn[] = [];
  const accept = async () => {
    for await (const connection of listener) held.push(connection);
  };
  const accepting = accept();
  const why = await ask({ kind: "http", url }, { timeoutMs: 200 });
  assert.equal(why, "no answer within 200ms");
  const before = held.length;
  const cancel = new AbortController();
  const pending = ask({ kind: "http", url }, { signal: cancel.signal });
  await until("it is connected", () => held.length > before);
  cancel.abort();
  assert.equal(typeof await pending, "string");
  for (const connection of held) connection.close();
  listener.close();
  await accepting;
});

Deno.test("a cancelled attempt is not made at all", async () => {
  await using directory = await tempDirectory();
  const signal = AbortSignal.abort();
  const path = `${directory.path}/made`;
  assert.equal(await ask(exec(`touch ${path}`), { signal }), "was cancelled");
  assert.equal(
    await ask({ kind: "file", path: directory.path }, { signal }),
    "was cancelled",
  );
  assert.equal(await ask({ kind: "file", path }), "does not exist");
});
