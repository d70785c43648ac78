/** Requests to servers whose certificate nobody verifies. */
import assert from "node:assert/strict";
import { requestFault } from "../../../src/host/ask/http_request.ts";
import { Certificates, serveTls } from "../../fixtures/certificates.ts";
import { holdPort } from "../../fixtures/held_port.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import "../loaded_libc.ts";
import { alone, tempDirectory } from "../temp.ts";
import { serve } from "../../fixtures/server.ts";

const ask = (
  url: string,
  more: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
) =>
  requestFault({
    method: "GET",
    url,
    tls: { kind: "insecure" },
    timeoutMs: HANG_MS,
    redirects: "same host",
    ...more,
  });

Deno.test("unverified_request: an answer, a redirect on the same host, credentials of the URL", async () => {
  await using directory = await tempDirectory();
  const { ca } = new Certificates(directory.path);
  const seen: (string | null)[] = [];
  await using server = serveTls(ca, (pathname, headers) => {
    seen.push(headers.get("authorization"));
    return pathname === "/old"
      ? new Response(null, { status: 302, headers: { location: "/new?a=b" } })
      : new Response("body", { status: 200 });
  });
  const at = `me:p%40ss@localhost:${server.port}`;
  assert.equal(await ask(`https://${at}/old`), undefined);
  assert.deepEqual(server.requests, ["GET /old", "GET /new"]);
  const basic = `Basic ${btoa("me:p@ss")}`;
  assert.deepEqual(seen, [basic, basic]);
});

Deno.test("unverified_request: nobody there, no TLS, no HTTP, no end of the head", async () => {
  using held = holdPort();
  assert.equal(
    await ask(`https://127.0.0.1:${held.port}/`),
    "connection refused",
  );
  await using plain = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null),
  );
  assert.notEqual(
    await ask(`https://127.0.0.1:${plain.addr.port}/`),
    undefined,
  );
  await using directory = await tempDirectory();
  const { ca } = new Certificates(directory.path);
  for (
    const [answer, said] of [
      ["SSH-2.0\r\n\r\n", "the answer is not HTTP/1.1"],
      ["HTTP/1.1 200 OK\r\n", "the connection was closed"],
      [
        `HTTP/1.1 200 OK\r\nA: ${"a".repeat(70_000)}`,
        "the head of the answer has no end",
      ],
      [
        "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 404\r\n\r\n",
        "answered 404",
      ],
    ]
  ) {
    using listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert: Deno.readTextFileSync(ca.cert),
      key: Deno.readTextFileSync(ca.key),
    });
    const served = (async () => {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(4_096));
      try {
        for (let rest = new TextEncoder().encode(answer); rest.length > 0;) {
          rest = rest.subarray(await connection.write(rest));
        }
        // A head that has no end is read as far as the client likes.
        if (!answer.endsWith("\n")) await connection.read(new Uint8Array(1));
      } catch {
        // The client may have had enough.
      }
    })();
    assert.equal(await ask(`https://127.0.0.1:${listener.addr.port}/`), said);
    await served;
  }
});

Deno.test("unverified_request: a server that says nothing has its time, and an abort ends the request", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `https://127.0.0.1:${listener.addr.port}/`;
  assert.equal(
    await ask(url, { timeoutMs: 50 }),
    "no answer within 50ms",
  );
  const end = new AbortController();
  const asked = ask(url, { signal: end.signal });
  end.abort();
  await asked;
});

Deno.test("unverified_request: handshakes that are given up keep no descriptor", async () => {
  assert.equal(await alone("given_up_handshakes.ts"), "0\n");
});
