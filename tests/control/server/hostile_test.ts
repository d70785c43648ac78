/** What no client of good will sends: each ends in 4xx or a closed connection, and the endpoint goes on. */
import assert from "node:assert/strict";
import { HOSTILE_REQUESTS } from "../../fixtures/hostile_requests.ts";
import {
  answered,
  ask,
  Client,
  endpoint,
  requestOf,
  talk,
} from "./endpoint.ts";

for (const [what, [text, status]] of Object.entries(HOSTILE_REQUESTS)) {
  Deno.test(`${what} is refused with ${status}`, async () => {
    await using it = endpoint({ isTrusted: true });
    const answer = await talk(it.port, text);
    assert.equal(answered(answer).status, status);
    assert.equal(answer.match(/^HTTP\/1\.1 \d/gm)?.length, 1);
    assert.deepEqual(it.control.commands, []);
    assert.equal((await ask(it.port, "/livez")).status, 200);
  });
}

Deno.test("random bytes, whole or cut, end in 4xx or in silence", async () => {
  await using it = endpoint({ isTrusted: true, limits: { idleMs: 20 } });
  const valid = new TextEncoder().encode(
    requestOf("/hold", { method: "POST", body: '{"reason":"x"}' }),
  );
  let seed = 1;
  const random = (below: number) =>
    (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 300; round++) {
    const bytes = valid.slice(0, 1 + random(valid.length));
    for (let flips = random(4); flips >= 0; flips--) {
      bytes[random(bytes.length)] = random(256);
    }
    const text = await talk(it.port, bytes);
    if (text !== "") assert.match(text, /^HTTP\/1\.1 (200|[45]\d\d) /);
  }
  assert.equal((await ask(it.port, "/livez")).status, 200);
});

Deno.test("what is smuggled behind a refused request is not answered", async () => {
  await using it = endpoint({ isTrusted: true });
  using client = await Client.to(it.port);
  const inner = "POST /child/stop HTTP/1.1\r\nHost: localhost\r\n\r\n";
  await client.send(
    `POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  );
  assert.equal(answered(await client.rest()).status, 404);
  assert.deepEqual(it.control.commands, []);
});
