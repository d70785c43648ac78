/** A manager that is gone, hangs, answers nonsense, or asks for a token: 3, and one line that says what to do. */
import assert from "node:assert/strict";
import { always, FakeManager, say } from "./fake_manager.ts";
import { STATUS } from "./example_status.ts";
import { serve } from "../fixtures/server.ts";
import { holdPort } from "../fixtures/held_port.ts";
import { tempDirectory, until } from "../host/temp.ts";

/** Ends with 3, says only this one line. */
async function refused(
  words: readonly string[],
  expected: RegExp,
): Promise<void> {
  const { code, out, errors } = await say(words);
  assert.equal(code, 3, errors);
  assert.equal(out, "");
  assert.match(errors, /^Cannot ask flush-manager at (unix|tcp):.*\n$/);
  assert.match(errors, expected);
}

/** Those that ask once. */
const ONCE = [
  ["status"],
  ["health"],
  ["health", "--ready"],
  ["health", "--live"],
  ["reload"],
  ["reload", "--wait"],
  ["hold"],
  ["resume"],
  ["stop-child"],
  ["start-child"],
  ["log-level", "info"],
];

Deno.test("no socket, another file, or a socket of a manager that has ended", async () => {
  for (const words of [...ONCE, ["events"]]) {
    await refused(
      [...words, "--control=unix:/no/such/socket"],
      /unix:\/no\/such\/socket: there is no such socket; check the address/,
    );
  }
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/file`, "");
  for (const other of [`${path}/file`, path]) {
    await refused(
      ["status", `--control=unix:${other}`],
      /: this is no socket; check the address\n$/,
    );
  }
  const socket = `${path}/socket`;
  const listener = Deno.listen({ transport: "unix", path: `${path}/opened` });
  // A close removes the file of the name that was opened.
  Deno.renameSync(`${path}/opened`, socket);
  listener.close();
  await refused(
    ["status", `--control=unix:${socket}`],
    /nobody listens on this socket/,
  );
});

Deno.test("a manager that hangs, before or in its answer", async () => {
  const hanging = Promise.withResolvers<Response>();
  await using before = new FakeManager(() => hanging.promise);
  for (const words of [...ONCE, ["events"]]) {
    await refused(
      [...words, "--timeout=30ms", before.control],
      /no answer within 30ms; .*more --timeout\n$/,
    );
  }
  hanging.resolve(new Response());
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
  });
  await using inside = new FakeManager(() => new Response(body));
  await refused(
    ["status", "--timeout=30ms", inside.control],
    /no answer within 30ms/,
  );
});

Deno.test("something else that answers", async () => {
  const answers: [number, unknown][] = [
    [200, "<html>welcome</html>"],
    [200, { state: "running" }],
    [200, ""],
    [404, "not found"],
    [503, "<html>busy</html>"],
    [302, "elsewhere"],
  ];
  for (const [status, body] of answers) {
    await using manager = new FakeManager(always(status, body));
    for (const words of [...ONCE, ["events"]]) {
      await refused([...words, manager.control], /is not flush-manager/);
    }
  }
});

/** A server that speaks no HTTP at all. */
function talker(text: string): Disposable & { control: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode(text));
      connection.close();
    }
  })().catch(() => {});
  const { port } = listener.addr;
  return {
    control: `--control=tcp:127.0.0.1:${port}`,
    [Symbol.dispose]: () => listener.close(),
  };
}

Deno.test("something that speaks no HTTP, or nothing", async () => {
  using other = talker("SSH-2.0-OpenSSH_9.7\r\n\r\n");
  await refused(["status", other.control], /is not flush-manager/);
  using silent = talker("");
  await refused(["status", silent.control], /ask again|not flush-manager/);
});

/** Answers over TCP to who shows the token. */
function guarded(token: string) {
  const server = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) =>
      request.headers.get("authorization") === `Bearer ${token}`
        ? Response.json(STATUS)
        : Response.json(
          { status: "error", message: "The token is wrong" },
          { status: 401 },
        ),
  );
  return { server, control: `--control=tcp:127.0.0.1:${server.addr.port}` };
}

Deno.test("a token over TCP: right, wrong, none, or a file that holds none", async () => {
  const { server, control } = guarded("secret-7");
  const directory = Deno.makeTempDirSync();
  const fileOf = (text: string) => {
    const path = `${directory}/token`;
    Deno.writeTextFileSync(path, text);
    return `--token-file=${path}`;
  };
  const right = await say(["status", control, fileOf("secret-7\n")]);
  assert.equal(right.code, 0, right.errors);
  await refused(
    ["status", control, fileOf("secret-8")],
    /The token is wrong\n$/,
  );
  await refused(["status", control], /wrong; name the file of the token with/);
  await refused(["status", control, fileOf("")], /token holds no token/);
  await refused(["status", control, fileOf("a b")], /token holds no token/);
  await refused(
    ["status", control, "--token-file=/no/such/file"],
    /the token in \/no\/such\/file cannot be read/,
  );
  Deno.removeSync(directory, { recursive: true });
  await server.end();
});

Deno.test("a file of the token that has no end, or that nobody writes", async () => {
  const { server, control } = guarded("secret-7");
  const directory = Deno.makeTempDirSync();
  const pipe = `${directory}/token`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  const words = ["status", control, `--token-file=${pipe}`];
  try {
    await refused(
      ["status", control, "--token-file=/dev/zero"],
      /the token in \/dev\/zero cannot be read: it is over \d+ bytes; use a smaller file\n$/,
    );
    await refused(
      ["status", control, "--ca=/dev/zero"],
      /the certificate in \/dev\/zero cannot be read: it is over \d+ bytes; use a smaller file\n$/,
    );
    await refused(
      [...words, "--timeout=30ms"],
      /the token in .* cannot be read: nobody has written it within 30ms; write it at once, or raise --timeout\n$/,
    );
    const interruption = new AbortController();
    const interrupted = say(words, undefined, interruption.signal);
    interruption.abort("SIGTERM");
    assert.equal((await interrupted).code, 143);
    const saying = say(words);
    const writer = new Deno.Command("sh", {
      args: ["-c", 'echo secret-7 >"$0"', pipe],
    }).output();
    assert.equal((await saying).code, 0, (await saying).errors);
    await writer;
  } finally {
    Deno.removeSync(directory, { recursive: true });
    await server.end();
  }
});

const FIXTURES = new URL("../fixtures/tls/", import.meta.url).pathname;

Deno.test("TLS: with the certificate to trust; without it, and where none is spoken, it says so", async () => {
  const server = serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      cert: Deno.readTextFileSync(`${FIXTURES}one.cert.pem`),
      key: Deno.readTextFileSync(`${FIXTURES}one.key.pem`),
    },
    () => Response.json(STATUS),
  );
  const { port } = server.addr;
  const ca = (name: string) => `--ca=${FIXTURES}${name}.cert.pem`;
  for (const host of ["127.0.0.1", "localhost"]) {
    const asked = ["status", `--control=tcp:${host}:${port}`, ca("one")];
    const said = await say(asked);
    assert.equal(said.code, 0, said.errors);
  }
  const url = `--control=https://127.0.0.1:${port}`;
  assert.equal((await say(["status", url, ca("one")])).code, 0);
  await refused(["status", url], /certificate is not trusted; .*--ca FILE\n$/);
  await refused(["status", url, ca("two")], /certificate is not trusted/);
  await refused(
    ["status", `--control=tcp:127.0.0.1:${port}`],
    /if it speaks TLS, name its certificate with --ca|ended before the answer/,
  );
  await refused(
    ["status", url, "--ca=/no/such/file"],
    /the certificate in \/no\/such\/file cannot be read: no such file or dir/,
  );
  await server.end();
  const { server: open, control } = guarded("x");
  await refused(
    ["status", control, ca("one")],
    /does not speak TLS; leave out/,
  );
  await open.end();
});

Deno.test("a token is not sent on to where a redirect leads", async () => {
  const { server, control } = guarded("secret-7");
  const { port } = server.addr;
  let asked = 0;
  const redirecting = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      asked++;
      return Response.redirect(`http://127.0.0.1:${port}/status`);
    },
  );
  const token = Deno.makeTempFileSync();
  Deno.writeTextFileSync(token, "secret-7");
  const words = ["status", `--token-file=${token}`];
  assert.equal((await say([...words, control])).code, 0);
  await refused(
    [...words, `--control=http://127.0.0.1:${redirecting.addr.port}`],
    /is not flush-manager/,
  );
  assert.equal(asked, 1);
  Deno.removeSync(token);
  await Promise.all([server.end(), redirecting.end()]);
});

Deno.test("no port, no host", async () => {
  using nobody = holdPort();
  const { port } = nobody;
  await refused(
    ["status", `--control=tcp:127.0.0.1:${port}`],
    /connection refused; check the address/,
  );
  await refused(
    ["status", "--control=tcp:no-such-host.invalid:80"],
    /host's name is not known/,
  );
});

Deno.test("HTTP_PROXY of the environment gets no request, and no token", async () => {
  const { server, control } = guarded("secret-7");
  let seen = 0;
  const proxy = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      seen++;
      return new Response("proxy");
    },
  );
  const token = Deno.makeTempFileSync();
  Deno.writeTextFileSync(token, "secret-7");
  Deno.env.set("HTTP_PROXY", `http://127.0.0.1:${proxy.addr.port}`);
  try {
    const said = await say(["status", control, `--token-file=${token}`]);
    assert.deepEqual([said.code, seen], [0, 0]);
  } finally {
    Deno.env.delete("HTTP_PROXY");
    Deno.removeSync(token);
    await Promise.all([server.end(), proxy.end()]);
  }
});

Deno.test("an interruption ends a question that nobody answers", async () => {
  const hanging = Promise.withResolvers<Response>();
  await using manager = new FakeManager(() => hanging.promise);
  const interruption = new AbortController();
  const saying = say(
    ["status", manager.control],
    undefined,
    interruption.signal,
  );
  await until("it has asked", () => manager.requests.length > 0);
  interruption.abort("SIGINT");
  const said = await saying;
  assert.deepEqual(said, { code: 130, out: "", errors: "" });
  hanging.resolve(new Response());
});
