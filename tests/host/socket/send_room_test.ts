/** How much the kernel keeps for a client that does not read. */
import assert from "node:assert/strict";
import { limitSendRoom } from "../../../src/host/socket/send_room.ts";
import "../loaded_libc.ts";

/** What is taken of 64 MB within a moment. */
async function taken(limit: number | undefined, hostname: string) {
  using listener = Deno.listen({ hostname, port: 0 });
  if (limit !== undefined) limitSendRoom(listener.addr, limit);
  const { port } = listener.addr;
  const [client, served] = await Promise.all([
    Deno.connect({ hostname, port }),
    listener.accept(),
  ]);
  const bytes = new Uint8Array(64 * 1024 * 1024);
  let at = 0;
  const filling = (async () => {
    while (at < bytes.length) at += await served.write(bytes.subarray(at));
  })().catch(() => {});
  await new Promise((done) => setTimeout(done, 200));
  client.close();
  await filling;
  served.close();
  return at;
}

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(`a client at ${hostname} that does not read costs no more than the limit`, async () => {
    const limited = await taken(64 * 1024, hostname);
    assert.ok(limited < 1024 * 1024, `${limited} bytes`);
    assert.ok(await taken(undefined, hostname) > 2 * limited);
  });
}
