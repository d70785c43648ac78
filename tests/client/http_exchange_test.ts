/** One request and its answer over a connection: pieces, ends that come early, and giving up. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { exchange, Incomplete } from "../../src/client/http_exchange.ts";
import { NotHttp } from "../../src/core/notation/http_answer.ts";

const encoder = new TextEncoder();
const REQUEST = encoder.encode("GET / HTTP/1.1\r\n\r\n");

/** A peer that sends these pieces, then ends the connection or leaves it open. */
function peer(pieces: readonly string[], { ends = true } = {}) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const sent = Promise.withResolvers<void>();
  const gone = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(1_024));
    for (const piece of pieces) await connection.write(encoder.encode(piece));
    sent.resolve();
    // Until the other side has closed it.
    if (!ends) await connection.read(new Uint8Array(1));
  })();
  const { port } = listener.addr;
  return {
    /** Resolves when the pieces are on their way. */
    sent: sent.promise,
    connect: () => Deno.connect({ hostname: "127.0.0.1", port }),
    [Symbol.asyncDispose]: async () => {
      await gone;
      listener.close();
    },
  };
}

type Peer = ReturnType<typeof peer>;

async function ask(
  { connect }: Peer,
  ends: readonly AbortSignal[] = [],
): Promise<{ status: number; text: string }> {
  const { status, content } = await exchange(connect, REQUEST, ends);
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of content) {
    text += decoder.decode(bytes, { stream: true });
  }
  return { status, text };
}

Deno.test("an answer in pieces, over a connection that stays open behind it", async () => {
  const pieces = ["HTTP/1.1 200 O", "K\r\nContent-Length: 4\r\n\r\na", "bcd"];
  for (const ends of [true, false]) {
    await using other = peer(pieces, { ends });
    deepEqual(await ask(other), { status: 200, text: "abcd" });
  }
});

Deno.test("an answer that ends early, or is none", async () => {
  const table: [string, typeof Incomplete | typeof NotHttp][] = [
    ["", Incomplete],
    ["HTTP/1.1 200 OK\r\nContent-Le", Incomplete],
    ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", Incomplete],
    ["220 smtp.example.org\r\n", NotHttp],
  ];
  for (const [piece, kind] of table) {
    await using other = peer([piece]);
    await rejects(ask(other), kind, piece);
  }
});

Deno.test("whichever signal comes ends it: before, in the head, or in the content", async () => {
  const heads = ["", "HTTP/1.1 200 OK\r\n\r\nabc"];
  for (const index of [0, 1]) {
    for (const head of heads) {
      await using other = peer([head], { ends: false });
      const ends = [new AbortController(), new AbortController()];
      void other.sent.then(() => ends[index].abort());
      await rejects(ask(other, ends.map(({ signal }) => signal)));
    }
  }
  const connect = () => Promise.reject(new Error("was asked to connect"));
  const over = AbortSignal.abort();
  await rejects(exchange(connect, REQUEST, [over]), { name: "AbortError" });
});

Deno.test("a connection that comes too late is closed", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const late = Promise.withResolvers<void>();
  const connect = async () => {
    await late.promise;
    return await Deno.connect({ hostname: "127.0.0.1", port });
  };
  const end = new AbortController();
  const asking = exchange(connect, REQUEST, [end.signal]);
  end.abort();
  await rejects(asking, { name: "AbortError" });
  late.resolve();
  using connection = await listener.accept();
  equal(await connection.read(new Uint8Array(1)), null);
  listener.close();
});
