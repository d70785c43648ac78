/** Actions against real programs and servers: success, refusals, retries and aborts. */
import assert from "node:assert/strict";
import { formatDuration } from "../../../src/core/notation/duration.ts";
import type {
  Action,
  HttpRules,
} from "../../../src/core/vocabulary/settings.ts";
import {
  requestFault,
  withoutCredentials,
} from "../../../src/host/ask/http_request.ts";
import {
  type ActionOptions,
  performAction,
} from "../../../src/host/ask/reload_action.ts";
import { holdPort } from "../../fixtures/held_port.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import { exists, longEnough, tempDirectory, until } from "../temp.ts";
import { following } from "./following.ts";
import { serve } from "../../fixtures/server.ts";

interface Heard {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
}

/** A server that gives its answers in turn, the last one again and again. */
function server(...answers: (() => Response | Promise<Response>)[]) {
  const heard: Heard[] = [];
  const http = serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ method, url, headers }) => {
      const authorization = headers.get("authorization");
      heard.push({ method, path: new URL(url).pathname, authorization });
      return answers[Math.min(heard.length, answers.length) - 1]();
    },
  );
  const origin = `127.0.0.1:${http.addr.port}`;
  return {
    heard,
    origin,
    url: `http://${origin}/reload`,
    [Symbol.asyncDispose]: () => http.end(),
  };
}

const status = (code: number, headers: Record<string, string> = {}) => () =>
  new Response(code === 204 ? null : "body", { status: code, headers });

/** The url of a port on which nobody listens. */
function closed(): { readonly url: string } & Disposable {
  const held = holdPort();
  return {
    url: `http://127.0.0.1:${held.port}/`,
    [Symbol.dispose]: () => held[Symbol.dispose](),
  };
}

const get = (url: string, timeoutMs = HANG_MS) =>
  requestFault({ method: "GET", url, timeoutMs, redirects: "same host" });

const post = (url: string) => ({ kind: "http", method: "POST", url }) as const;

const RULES: HttpRules = {
  timeoutMs: HANG_MS,
  retries: 4,
  status: [200, 299],
  headerFile: undefined,
};

async function perform(
  action: Extract<Action, { kind: "exec" | "http" }>,
  options: Partial<ActionOptions> = {},
) {
  const retries: string[] = [];
  const result = await following((follow) =>
    performAction(action, {
      env: {},
      timeoutMs: HANG_MS,
      http: RULES,
      follow,
      onRetry: (why, inMs) => retries.push(`${why}, ${inMs}`),
      pausesMs: [1, 2, 3, 4],
      ...options,
    })
  );
  return { result, retries };
}

const bash = (script: string) =>
  ({ kind: "exec", argv: ["bash", "-c", script] }) as const;

Deno.test("a request has its own rules before those of all", async () => {
  await using target = server(status(302));
  const action = {
    ...post(target.url),
    own: { status: [302, 302], retries: 0 },
  } as const;
  assert.deepEqual(await perform(action), {
    result: { kind: "done" },
    retries: [],
  });
  const { result } = await perform({
    ...action,
    own: { status: [200, 299], retries: 0 },
  });
  assert.deepEqual(result, {
    kind: "failed",
    detail: "answered 302 (1 attempt)",
    tail: [],
  });
});

Deno.test("further attempts than there are pauses have the last of them", async () => {
  await using target = server(status(500));
  const http = { ...RULES, retries: 6 };
  const { result, retries } = await perform(post(target.url), { http });
  assert.equal(retries.length, 6);
  assert.equal(retries[5], "answered 500, 4");
  assert.ok(result.kind === "failed");
  assert.equal(result.detail, "answered 500 (7 attempts)");
});

Deno.test("headers come from a file that is read at each attempt, and none of it is told", async () => {
  await using directory = await tempDirectory();
  const headerFile = `${directory.path}/headers`;
  await using target = server(
    () => {
      Deno.writeTextFileSync(headerFile, "Authorization: Bearer s3cret-2\n");
      return new Response(null, { status: 401 });
    },
    status(204),
  );
  Deno.writeTextFileSync(
    headerFile,
    "# a token\n\nauthorization: Bearer s3cret-1\r\n",
  );
  const http = { ...RULES, headerFile };
  const { result, retries } = await perform(
    post(target.url.replace("//", "//me:pass@")),
    { http },
  );
  assert.deepEqual(result, { kind: "done" });
  assert.deepEqual(retries, ["answered 401, 1"]);
  assert.deepEqual(
    target.heard.map(({ authorization }) => authorization),
    ["Bearer s3cret-1", "Bearer s3cret-2"],
  );
});

for (
  const [content, why] of [
    [undefined, /cannot be read: it does not exist/],
    ["A: b\ns3cret\n", /cannot be used: line 2 is not Name: value/],
    ["Host: s3cret\n", /line 1 sets Host, which is the request's own/],
    ["A: s3cret\u0100\n", /line 1 has a character that no header may/],
  ] as const
) {
  Deno.test(`a file of headers that cannot be used is a fault: ${why.source}`, async () => {
    await using directory = await tempDirectory();
    const headerFile = `${directory.path}/headers`;
    if (content !== undefined) Deno.writeTextFileSync(headerFile, content);
    const http = { ...RULES, headerFile, retries: 0 };
    await using target = server(status(200));
    const { result } = await perform(post(target.url), { http });
    assert.ok(result.kind === "failed");
    assert.match(result.detail, why);
    assert.doesNotMatch(result.detail, /s3cr/);
    assert.equal(target.heard.length, 0);
  });
}

Deno.test("a 2xx is no fault, anything else is told by its number", async () => {
  for (const code of [200, 202, 204]) {
    await using target = server(status(code));
    assert.equal(await get(target.url), undefined);
  }
  for (const code of [304, 400, 404, 500, 503]) {
    await using target = server(() => new Response(null, { status: code }));
    assert.equal(await get(target.url), `answered ${code}`);
  }
});

Deno.test("what is to be done around an attempt of a request is done around each", async () => {
  await using target = server(status(500), status(200));
  const steps: string[] = [];
  const { result, retries } = await perform(post(target.url), {
    attempt: async (ask) => {
      steps.push("before");
      const fault = await ask();
      steps.push(fault ?? "fine");
      return fault;
    },
  });
  assert.deepEqual(result, { kind: "done" });
  assert.deepEqual(steps, ["before", "answered 500", "before", "fine"]);
  assert.deepEqual(retries, ["answered 500, 1"]);
});

Deno.test("an action follows no redirect", async () => {
  for (const code of [301, 302, 303, 307, 308]) {
    await using http = server(status(code, { location: "/login" }));
    const { result } = await perform(post(http.url), { pausesMs: [] });
    assert.deepEqual(result, {
      kind: "failed",
      detail: `answered ${code} (1 attempt)`,
      tail: [],
    });
    assert.deepEqual(
      http.heard.map(({ method, path }) => `${method} ${path}`),
      ["POST /reload"],
    );
  }
});

Deno.test("a probe follows redirects on the same host, also to a fault", async () => {
  await using http = server(
    status(302, { location: "/a" }),
    status(308, { location: "b?c" }),
    status(204),
  );
  assert.equal(await get(http.url), undefined);
  assert.deepEqual(http.heard.map(({ path }) => path), ["/reload", "/a", "/b"]);
  await using fault = server(status(301, { location: "/a" }), status(500));
  assert.equal(await get(fault.url), "answered 500");
  await using endless = server(status(302, { location: "/" }));
  assert.equal(await get(endless.url), "redirected more than 10 times");
  assert.equal(endless.heard.length, 11);
});

Deno.test("a probe keeps its credentials on the same host", async () => {
  await using http = server(status(302, { location: "/a" }), status(204));
  const url = http.url.replace("//", "//me:secret@");
  assert.equal(await get(url), undefined);
  const [first, second] = http.heard.map(({ authorization }) => authorization);
  assert.ok(first !== null);
  assert.equal(second, first);
});

Deno.test("a probe does not ask another host: the server itself has answered", async () => {
  await using other = server(status(500));
  const location = other.url.replace("127.0.0.1", "localhost");
  await using http = server(status(307, { location }));
  assert.equal(await get(http.url), undefined);
  assert.equal(other.heard.length, 0);
});

Deno.test("a redirect to nowhere is none", async () => {
  await using bare = server(status(302));
  assert.equal(await get(bare.url), "answered 302");
  await using odd = server(status(302, { location: "file:///etc/passwd" }));
  assert.equal(await get(odd.url), "answered 302");
});

Deno.test("credentials are sent, but neither told nor kept in the text of a URL", async () => {
  await using target = server(status(200));
  assert.equal(await get(`http://me:s3cret@${target.origin}/`), undefined);
  assert.equal(target.heard[0].authorization, `Basic ${btoa("me:s3cret")}`);
  using nobody = closed();
  const refused = nobody.url.replace("//", "//me:s3cret@");
  assert.equal(await get(refused), "connection refused");
  const table = [
    ["http://me:s3cret@host:1/a?b=c@d", "http://host:1/a?..."],
    ["https://s3cret@host/", "https://host/"],
    ["http:s3cret@host", "http://host/"],
    ["http://me:s3cret@ho st/", "http://ho st/"],
    ["http://me:{env:PW}@host:{env:PORT}/", "http://host:{env:PORT}/"],
    ["http://host", "http://host"],
    ["http://host/a@b", "http://host/a@b"],
  ];
  for (const [url, shown] of table) {
    assert.equal(withoutCredentials(url), shown);
  }
});

Deno.test("a server that is not there, does not speak HTTP or does not answer is told as such", async () => {
  using nobody = closed();
  assert.equal(await get(nobody.url), "connection refused");
  assert.equal(
    await get("http://no-such-host.invalid/"),
    "host name not found",
  );
  const listen = () => Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const urlOf = (listener: Deno.TcpListener) =>
    `http://127.0.0.1:${listener.addr.port}/`;
  using silent = listen();
  assert.equal(await get(urlOf(silent), 100), "no answer within 100ms");
  using listener = listen();
  const answering = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(1_024));
    await connection.write(new TextEncoder().encode("hello\r\n\r\n"));
  })();
  const fault = await get(urlOf(listener));
  await answering;
  assert.match(fault ?? "", /^[^\n]*HTTP[^\n]*$/);
  await using plain = server(status(200));
  const overTls = await get(plain.url.replace("http:", "https:"));
  assert.match(overTls ?? "", /corrupt message/);
});

Deno.test("an endless body is not read", async () => {
  let cancelled = false;
  const body = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => {
        cancelled = true;
      },
    });
  await using target = server(() => new Response(body()));
  assert.equal(await get(target.url), undefined);
  await until("the server sees the end", () => cancelled);
});

Deno.test("a request is sent with its method until the answer is a 2xx", async () => {
  await using target = server(status(503), status(500), status(204));
  const { result, retries } = await perform(post(target.url));
  assert.deepEqual(result, { kind: "done" });
  assert.deepEqual(retries, ["answered 503, 1", "answered 500, 2"]);
  assert.deepEqual(
    target.heard.map(({ method }) => method),
    ["POST", "POST", "POST"],
  );
});

Deno.test("after five attempts a request has failed", async () => {
  await using target = server(status(503));
  const { result, retries } = await perform(post(target.url));
  const detail = "answered 503 (5 attempts)";
  assert.deepEqual(result, { kind: "failed", detail, tail: [] });
  assert.equal(target.heard.length, 5);
  assert.deepEqual(retries.map((line) => line.split(", ")[1]), [
    "1",
    "2",
    "3",
    "4",
  ]);
});

Deno.test("unless told otherwise the first pause is a second", async () => {
  const controller = new AbortController();
  const pauses: number[] = [];
  using nobody = closed();
  const { result } = await perform(post(nobody.url), {
    signal: controller.signal,
    pausesMs: undefined,
    onRetry: (_why, inMs) => {
      pauses.push(inMs);
      controller.abort();
    },
  });
  assert.deepEqual(result, { kind: "aborted" });
  assert.deepEqual(pauses, [1_000]);
});

Deno.test("an abort ends an attempt and a pause at once", async () => {
  const answer = Promise.withResolvers<Response>();
  await using silent = server(() => answer.promise);
  const first = new AbortController();
  const asking = perform(post(silent.url), { signal: first.signal });
  await until("the request is there", () => silent.heard.length === 1);
  first.abort();
  assert.deepEqual((await asking).result, { kind: "aborted" });
  answer.resolve(new Response());

  await using busy = server(status(503));
  const second = new AbortController();
  let pausing = false;
  const waiting = perform(post(busy.url), {
    signal: second.signal,
    pausesMs: [3_600_000],
    onRetry: () => pausing = true,
  });
  await until("it pauses", () => pausing);
  second.abort();
  assert.deepEqual((await waiting).result, { kind: "aborted" });
  assert.equal(busy.heard.length, 1);
});

Deno.test("aborted before the start, nothing is sent and nothing is run", async () => {
  await using target = server(status(200));
  const signal = AbortSignal.abort();
  for (const action of [post(target.url), bash("true")]) {
    assert.deepEqual((await perform(action, { signal })).result, {
      kind: "aborted",
    });
  }
  assert.equal(target.heard.length, 0);
});

Deno.test("a program's code is the verdict, and it is run once", async () => {
  const { result } = await perform(bash('[ "$ADDED" = yes ]'), {
    env: { ADDED: "yes" },
  });
  assert.deepEqual(result, { kind: "done" });
  const table: [string, string, string[]][] = [
    ["echo no; exit 3", "exit status 3", ["no"]],
    ["echo no >&2; kill -9 $$", "signal: killed", ["no"]],
  ];
  for (const [script, detail, tail] of table) {
    const { result, retries } = await perform(bash(script));
    assert.deepEqual(result, { kind: "failed", detail, tail });
    assert.deepEqual(retries, []);
  }
});

Deno.test("a program that takes too long or is not there has failed", async () => {
  await using directory = await tempDirectory();
  const file = `${directory.path}/printed`;
  const { result: slow, limitMs } = await longEnough(
    (timeoutMs) =>
      perform(bash(`echo working; touch ${file}; sleep 1000`), { timeoutMs }),
    () => exists(file),
  );
  assert.ok(slow.result.kind === "failed");
  assert.equal(
    slow.result.detail,
    `not done within ${formatDuration(limitMs)}`,
  );
  assert.deepEqual(slow.result.tail, ["working"]);
  const { result } = await perform({ kind: "exec", argv: ["no-such-program"] });
  assert.ok(result.kind === "failed");
  assert.match(result.detail, /^not found in PATH/);
});
