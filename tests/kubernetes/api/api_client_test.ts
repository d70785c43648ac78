/** Calls of the API over real TLS: what is asked, and each way in which there is no usable answer. */
import assert from "node:assert/strict";
import { ApiClient } from "../../../src/kubernetes/api/api_client.ts";
import type { ApiCall } from "../../../src/kubernetes/api/api_call.ts";
import { ApiFault } from "../../../src/kubernetes/api/api_fault.ts";
import { ServiceAccount } from "../../../src/kubernetes/api/service_account.ts";
import {
  FakeKubernetes,
  type FakeKubernetesOptions,
} from "../../fixtures/fake_kubernetes.ts";
import { refusal } from "../../fixtures/fake_kubernetes_objects.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import { alone, until } from "../../host/temp.ts";
import "../../host/loaded_libc.ts";

const LEASES = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
} as const;

const GET: ApiCall = {
  verb: "get",
  resource: LEASES,
  namespace: "web",
  name: "web-0",
};
const PATH = "/apis/coordination.k8s.io/v1/namespaces/web/leases/web-0";
const CREATE: ApiCall = {
  verb: "create",
  resource: LEASES,
  namespace: "web",
  body: { kind: "Lease", metadata: { name: "web-0" }, spec: {} },
};

interface Opened extends AsyncDisposable {
  readonly api: FakeKubernetes;
  readonly client: ApiClient;
  /** The fault of a call that must fail. */
  readonly fault: (call?: ApiCall) => Promise<ApiFault>;
}

const forever = () => new AbortController().signal;

function opened(
  options: FakeKubernetesOptions & { timeoutMs?: number } = {},
): Opened {
  const api = new FakeKubernetes(options);
  const client = new ApiClient({
    address: api.address,
    account: new ServiceAccount(api.directory),
    timeoutMs: options.timeoutMs ?? HANG_MS,
  });
  return {
    api,
    client,
    fault: async (call = GET) => {
      try {
        await client.call(call, forever());
      } catch (error) {
        assert.ok(error instanceof ApiFault, String(error));
        const { host, port } = api.address;
        assert.ok(
          error.message.startsWith(`Kubernetes API at ${host}:${port}`),
          error.message,
        );
        return error;
      }
      throw new assert.AssertionError({ message: "the call has succeeded" });
    },
    [Symbol.asyncDispose]: async () => {
      client.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

/** The text behind the address. */
const whyOf = ({ message }: ApiFault): string =>
  message.replace(/^Kubernetes API at \S+?:\d+:? /, "");

Deno.test("API client: asks as the service account for an object in its namespace", async () => {
  await using bench = opened();
  const { api, client } = bench;
  api.objects.set(PATH, { kind: "Lease", metadata: {}, spec: { a: 1 } });
  const lease = await client.call(GET, forever()) as { spec: unknown };
  assert.deepEqual(lease.spec, { a: 1 });
  const [{ method, path, headers }] = api.requests;
  assert.deepEqual([method, path], ["GET", PATH]);
  assert.equal(headers.get("authorization"), "Bearer t0ken");
  assert.equal(headers.get("user-agent"), "flush-manager");
  assert.equal(headers.get("accept-encoding"), null);
});

Deno.test("API client: asks an IPv6 address, and writes what it sends as JSON", async () => {
  await using bench = opened({ hostname: "::1" });
  const { api, client } = bench;
  await client.call({ ...CREATE, query: { a: "b=c,d" } }, forever());
  const [{ query, headers, body }] = api.requests;
  assert.equal(query.get("a"), "b=c,d");
  assert.equal(headers.get("content-type"), "application/json");
  assert.deepEqual(JSON.parse(body), CREATE.body);
});

Deno.test("API client: keeps one connection between calls, and opens one for a call beside another", async () => {
  await using bench = opened();
  const { api, client } = bench;
  api.objects.set(PATH, { kind: "Lease", metadata: {}, spec: {} });
  const connections = () => new Set(api.requests.map((one) => one.connection));
  for (let index = 0; index < 3; index++) await client.call(GET, forever());
  assert.equal(connections().size, 1);
  await Promise.all([client.call(GET, forever()), client.call(GET, forever())]);
  assert.equal(connections().size, 2);
});

Deno.test("API client: a connection that the server has closed is replaced at once, and a server that restarts is reached again", async () => {
  await using bench = opened();
  const { api, client, fault } = bench;
  api.objects.set(PATH, { kind: "Lease", metadata: {}, spec: {} });
  await client.call(GET, forever());
  await api.stop();
  assert.equal(whyOf(await fault()), "connection refused");
  api.start();
  await client.call(GET, forever());
  await api.stop();
  api.start();
  await client.call(GET, forever());
  assert.equal(api.requests.length, 3);
});

Deno.test("API client: a token that was replaced is used for the next call", async () => {
  await using bench = opened();
  const { api, client } = bench;
  api.objects.set(PATH, { kind: "Lease", metadata: {}, spec: {} });
  await client.call(GET, forever());
  api.tokens.clear();
  api.tokens.add("other");
  api.mount("other");
  await client.call(GET, forever());
  assert.equal(api.requests[1].headers.get("authorization"), "Bearer other");
});

Deno.test("API client: a token that was replaced during a call is tried once, and the same one is not", async () => {
  await using bench = opened();
  const { api, client, fault } = bench;
  api.objects.set(PATH, { kind: "Lease", metadata: {}, spec: {} });
  api.tokens.clear();
  const same = await fault();
  assert.equal(api.requests.length, 1);
  assert.equal(same.status, 401);
  assert.equal(
    whyOf(same),
    `answered 401: the token in ${api.directory}/token is not accepted`,
  );
  api.tokens.add("fresh");
  api.answer = () => void api.mount("fresh");
  await client.call(GET, forever());
  assert.equal(api.requests.length, 3);
  api.tokens.clear();
  let count = 0;
  api.answer = () => void api.mount(`fresh${++count}`);
  assert.equal((await fault()).status, 401);
  assert.equal(count, 2);
});

Deno.test("API client: a missing right is named as a rule of the Role", async () => {
  await using bench = opened();
  const { api, fault } = bench;
  const whyAfter = async (answer: Response, call?: ApiCall) => {
    api.answer = () => answer;
    const refused = await fault(call);
    assert.deepEqual([refused.kind, refused.status], ["refused", 403]);
    return whyOf(refused);
  };
  const told =
    'leases.coordination.k8s.io "web-0" is forbidden: User "system:serviceaccount:web:default" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "shop"';
  assert.equal(
    await whyAfter(refusal(403, "Forbidden", told)),
    "answered 403: the Role needs get on leases.coordination.k8s.io in namespace shop",
  );
  const core =
    'pods "a" is forbidden: User "x" cannot patch resource "pods/status" in API group "" in the namespace "web": RBAC: clusterrole "y" not found';
  assert.equal(
    await whyAfter(refusal(403, "Forbidden", core)),
    "answered 403: the Role needs patch on pods/status in namespace web",
  );
  const status = {
    ...LEASES,
    group: "",
    plural: "pods",
    subresource: "status",
  };
  assert.equal(
    await whyAfter(new Response(null, { status: 403 }), {
      ...GET,
      verb: "patch",
      resource: status,
    }),
    "answered 403: the Role needs patch on pods/status in namespace web",
  );
  assert.equal(
    await whyAfter(refusal(403, "Forbidden", "exceeded quota:\nleases=3")),
    "answered 403: exceeded quota:\\nleases=3",
  );
});

Deno.test("API client: what a caller acts upon is told apart", async () => {
  await using bench = opened();
  const { api, client, fault } = bench;
  assert.equal((await fault()).kind, "missing");
  await client.call(CREATE, forever());
  assert.equal((await fault(CREATE)).kind, "exists");
  const body = { kind: "Lease", metadata: { resourceVersion: "0" }, spec: {} };
  const update: ApiCall = { ...GET, verb: "update", body };
  assert.equal((await fault(update)).kind, "conflict");
  const invalid = { ...body, metadata: {}, spec: { leaseTransitions: -1 } };
  const wrong = await fault({ ...update, body: invalid });
  assert.deepEqual([wrong.kind, wrong.status], ["refused", 422]);
  assert.equal(whyOf(wrong), "answered 422: spec.leaseTransitions: Invalid");
  for (const status of [429, 500, 503, 504]) {
    api.answer = () => refusal(status, "", "busy");
    const busy = await fault();
    assert.equal(busy.kind, "unreachable");
    assert.equal(whyOf(busy), `answered ${status}: busy`);
  }
});

Deno.test("API client: how long the server asks us to stay away", async () => {
  await using bench = opened();
  const { api, fault } = bench;
  const table: [Record<string, string>, number | undefined][] = [
    [{ "retry-after": "7" }, 7_000],
    [{
      "retry-after": "Wed, 21 Oct 2015 07:28:20 GMT",
      "date": "Wed, 21 Oct 2015 07:28:00 GMT",
    }, 20_000],
    [{}, undefined],
  ];
  for (const [headers, expected] of table) {
    api.answer = () => refusal(429, "TooManyRequests", "wait", headers);
    assert.equal((await fault()).retryAfterMs, expected);
  }
  const details = { retryAfterSeconds: 3 };
  api.answer = () =>
    Response.json({ message: "wait", details }, { status: 503 });
  assert.equal((await fault()).retryAfterMs, 3_000);
});

Deno.test("API client: a redirect is not followed", async () => {
  await using bench = opened();
  await using other = opened();
  const { host, port } = other.api.address;
  bench.api.answer = () =>
    new Response(null, {
      status: 307,
      headers: { location: `https://${host}:${port}/` },
    });
  assert.match(whyOf(await bench.fault()), /^answered 307: .*must not go$/);
  assert.equal(other.api.requests.length, 0);
});

Deno.test("API client: a proxy of the environment does not get the request", async () => {
  assert.equal(await alone("api_beside_proxy.ts"), "answered 404\n");
});

Deno.test("API client: whom the server's certificate is from, and for", async () => {
  await using bench = opened();
  const { api, client, fault } = bench;
  api.objects.set(PATH, { kind: "Lease", metadata: {}, spec: {} });
  const { certificates } = api;
  const own = Deno.readTextFileSync(`${api.directory}/ca.crt`);
  await using stranger = new FakeKubernetes();
  Deno.copyFileSync(`${stranger.directory}/ca.crt`, `${api.directory}/ca.crt`);
  assert.equal(
    whyOf(await fault()),
    `its certificate was not issued by any in ${api.directory}/ca.crt`,
  );
  // Both while the authority is being replaced, as the cluster does.
  const both = Deno.readTextFileSync(`${stranger.directory}/ca.crt`) + own;
  Deno.writeTextFileSync(`${api.directory}/ca.crt`, both);
  await client.call(GET, forever());
  const table = [
    [
      certificates.expired("old", "IP:127.0.0.1"),
      "its certificate has expired",
    ],
    [
      certificates.issued("other", "DNS:example.org"),
      "its certificate is not for 127.0.0.1",
    ],
  ] as const;
  for (const [pair, why] of table) {
    await api.stop();
    api.present(pair);
    api.start();
    assert.equal(whyOf(await fault()), why);
  }
  const count = api.requests.length;
  Deno.writeTextFileSync(`${api.directory}/ca.crt`, "");
  assert.match(whyOf(await fault()), /ca\.crt holds no certificate in PEM$/);
  assert.equal(api.requests.length, count);
});

Deno.test("API client: files that are not mounted, or hold nothing that can be used", async () => {
  await using bench = opened();
  const { api, fault } = bench;
  for (const text of ["", "a b", "a\r\nX-Remote-User: admin"]) {
    api.mount(text);
    assert.equal(whyOf(await fault()), `${api.directory}/token holds no token`);
  }
  Deno.removeSync(`${api.directory}/token`);
  assert.match(
    whyOf(await fault()),
    /token cannot be read: it does not exist; .*automountServiceAccountToken: true$/,
  );
  assert.equal(api.requests.length, 0);
});

/** A server that treats each connection as it is told to, before any TLS. */
async function peer(treat: (connection: Deno.TcpConn) => Promise<void>) {
  const api = new FakeKubernetes();
  await api.stop();
  const { host, port } = api.address;
  const listener = Deno.listen({ hostname: host, port });
  const treated = (async () => {
    for await (const connection of listener) await treat(connection);
  })();
  return {
    api,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await treated;
      await api[Symbol.asyncDispose]();
    },
  };
}

Deno.test("API client: what is there does not speak TLS, says nothing, or ends at once", async () => {
  const table: [(connection: Deno.TcpConn) => Promise<void>, RegExp][] = [
    [async (connection) => {
      await connection.write(new TextEncoder().encode("SSH-2.0-OpenSSH\r\n"));
      await connection.read(new Uint8Array(1_024));
      connection.close();
    }, /^it does not speak TLS$/],
    [async (connection) => {
      // Until the other side gives up.
      while (await connection.read(new Uint8Array(1_024)) !== null);
      connection.close();
    }, /^no answer within 300ms$/],
    [
      (connection) => {
        connection.close();
        return Promise.resolve();
      },
      /^(?:unexpected end of file|connection reset.*|tls handshake eof|peer closed.*)$/,
    ],
  ];
  for (const [treat, why] of table) {
    await using other = await peer(treat);
    const { api } = other;
    const client = new ApiClient({
      address: api.address,
      account: new ServiceAccount(api.directory),
      timeoutMs: 300,
    });
    await assert.rejects(client.call(GET, forever()), (error) => {
      assert.ok(error instanceof ApiFault);
      assert.match(whyOf(error), why);
      return true;
    });
    client.close();
  }
});

Deno.test("API client: an answer that has no end, is too long, or is no object", async () => {
  await using bench = opened({ timeoutMs: 300 });
  const { api, fault } = bench;
  const begun = (text: string) =>
    new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(new TextEncoder().encode(text)),
    });
  api.answer = () => new Response(begun("{"));
  assert.equal(whyOf(await fault()), "no answer within 300ms");
  api.answer = () => new Response("x".repeat(1024 * 1024 + 1));
  assert.equal(whyOf(await fault()), "its answer is over 1048576 bytes");
  api.answer = () => new Response("hello");
  assert.equal(whyOf(await fault()), "answered 200 without JSON");
});

Deno.test("API client: after a call that hung, the next one has a connection of its own", async () => {
  await using bench = opened({ timeoutMs: 300 });
  const { api, client, fault } = bench;
  api.objects.set(PATH, { kind: "Lease", metadata: {}, spec: {} });
  await client.call(GET, forever());
  const never = Promise.withResolvers<undefined>();
  api.answer = () => never.promise;
  assert.equal(whyOf(await fault()), "no answer within 300ms");
  api.answer = () => undefined;
  await client.call(GET, forever());
  const [first, second, third] = api.requests.map((one) => one.connection);
  assert.equal(first, second);
  assert.notEqual(second, third);
  never.resolve(undefined);
});

Deno.test("API client: a server that sends the token back does not get it into a message", async () => {
  await using bench = opened();
  const { api, fault } = bench;
  for (const status of [400, 403, 500]) {
    for (const padding of ["", "x".repeat(290)]) {
      api.answer = ({ headers }) =>
        refusal(status, "", `${padding} ${headers.get("authorization")}`);
      const { message } = await fault();
      assert.doesNotMatch(message, /t0k/);
      assert.ok(message.length < 400);
    }
  }
});

Deno.test("API client: an abort ends a call with its reason, and so does the end of the client", async () => {
  await using bench = opened();
  const { api, client, fault } = bench;
  const reason = new Error("enough");
  await assert.rejects(client.call(GET, AbortSignal.abort(reason)), reason);
  const never = Promise.withResolvers<undefined>();
  api.answer = () => never.promise;
  const end = new AbortController();
  const call = client.call(GET, end.signal);
  await until("the request is there", () => api.requests.length === 1);
  end.abort(reason);
  await assert.rejects(call, reason);
  const other = fault();
  await until("the request is there", () => api.requests.length === 2);
  client.close();
  assert.equal(whyOf(await other), "no more calls are made");
  assert.equal(whyOf(await fault()), "no more calls are made");
  never.resolve(undefined);
});

Deno.test("API client: a signal that outlives a call is not listened to any more", async () => {
  await using bench = opened();
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners++;
    add(...given);
  };
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners--;
    remove(...given);
  };
  await bench.client.call(CREATE, signal);
  assert.equal(listeners, 0);
});

Deno.test("API client: calls that are given up leave no descriptor", async () => {
  assert.equal(await alone("given_up_api_calls.ts"), "0\n");
});
