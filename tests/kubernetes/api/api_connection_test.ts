/** When a connection to the API server may be used again. */
import assert from "node:assert/strict";
import {
  connect,
  NoAnswer,
} from "../../../src/kubernetes/api/api_connection.ts";
import { FakeKubernetes } from "../../fixtures/fake_kubernetes.ts";
import "../../host/loaded_libc.ts";

const REQUEST = "GET /api HTTP/1.1\r\nHost: x\r\n\r\n";

const forever = () => new AbortController().signal;

function opened(api: FakeKubernetes, port = api.address.port) {
  const caFile = `${api.directory}/ca.crt`;
  const authorities = Deno.readTextFileSync(caFile);
  return connect({ ...api.address, port, authorities, caFile }, forever());
}

Deno.test("API connection: is closed by an answer that is the last one, and by no other", async () => {
  await using api = new FakeKubernetes();
  const table: [Response, boolean][] = [
    [new Response("a"), true],
    [new Response(new Blob(["a"]).stream()), true],
    [new Response("a", { headers: { connection: "close" } }), false],
    [new Response(null, { status: 500 }), true],
  ];
  for (const [answer, isOpen] of table) {
    api.answer = () => answer;
    const connection = await opened(api);
    const { status } = await connection.exchange(REQUEST, forever());
    assert.equal(status, answer.status);
    assert.equal(connection.isOpen, isOpen);
    connection.close();
  }
});

Deno.test("API connection: tells whether the server can have seen a request that it has not answered", async () => {
  await using api = new FakeKubernetes();
  const { cert, key } = api.certificates.issued("raw", "IP:127.0.0.1");
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(cert),
    key: Deno.readTextFileSync(key),
  });
  const { port } = listener.addr;
  for (
    const [answer, isUnseen] of [["", true], ["HTTP/1.1 2", false]] as const
  ) {
    const treated = (async () => {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(1_024));
      await connection.write(new TextEncoder().encode(answer));
    })();
    const connection = await opened(api, port);
    await assert.rejects(connection.exchange(REQUEST, forever()), (error) => {
      assert.ok(error instanceof NoAnswer);
      assert.equal(error.isUnseen, isUnseen);
      return true;
    });
    assert.equal(connection.isOpen, false);
    await treated;
  }
});
