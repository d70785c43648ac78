/** Events as a reader gets them: in order, resumed, with gaps told, and slow readers dropped. */
import assert from "node:assert/strict";
import { EventLog } from "../../../src/control/routes/event_log.ts";
import { LIMITS } from "../../../src/control/server/limits.ts";
import { tempDirectory, until } from "../../host/temp.ts";
import {
  answered,
  ask,
  Client,
  endpoint,
  requestOf,
  SHORT_MS,
} from "../server/endpoint.ts";
import { FIRST_ID } from "../server/fake_control.ts";

/** The sent events; comments and the time to come back are left out. */
const eventsIn = (text: string) =>
  text.split("\n\n").filter((block) => block.includes("data: ")).map(
    (block) => {
      const field = (name: string) =>
        new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      return {
        id: field("id"),
        event: field("event"),
        data: JSON.parse(field("data") ?? ""),
      };
    },
  );

async function reading(port: number, lastId?: number): Promise<Client> {
  return await readingFrom(await Client.to(port), lastId);
}

async function readingFrom(client: Client, lastId?: number): Promise<Client> {
  const headers: Record<string, string> = lastId === undefined
    ? {}
    : { "Last-Event-ID": String(lastId) };
  await client.send(requestOf("/events", { headers }));
  await client.until("retry: 2000\n\n");
  return client;
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

Deno.test("events are sent as they happen, with rising ids, to every reader", async () => {
  await using it = endpoint({ isTrusted: true });
  using one = await reading(it.port);
  using two = await reading(it.port);
  it.control.events.add("state", { from: "running", to: "stopping" });
  it.control.events.add("log", { message: "a\nb" });
  for (const client of [one, two]) {
    const text = await client.until('b"}');
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*text\/event-stream/);
    assert.deepEqual(eventsIn(text), [
      {
        id: String(FIRST_ID),
        event: "state",
        data: { from: "running", to: "stopping" },
      },
      { id: String(FIRST_ID + 1), event: "log", data: { message: "a\nb" } },
    ]);
  }
});

Deno.test("a reader that comes back gets what it missed, and nothing twice", async () => {
  await using it = endpoint({ isTrusted: true });
  for (let n = 0; n < 5; n++) it.control.events.add("log", { n });
  using client = await reading(it.port, FIRST_ID + 1);
  it.control.events.add("log", { n: 5 });
  assert.deepEqual(
    eventsIn(await client.until('"n":5')).map(({ id }) => id),
    numbered(FIRST_ID + 2, FIRST_ID + 5),
  );
  using current = await reading(it.port, FIRST_ID + 5);
  it.control.events.add("log", { n: 6 });
  assert.deepEqual(
    eventsIn(await current.until('"n":6')).map(({ id }) => id),
    [String(FIRST_ID + 6)],
  );
});

Deno.test("what is no longer kept is told as a gap, also to a reader of an earlier manager", async () => {
  await using it = endpoint({ isTrusted: true });
  for (let n = 0; n < 1_500; n++) it.control.events.add("log", { n });
  const oldest = FIRST_ID + 500;
  for (const last of [0, FIRST_ID + 10, oldest - 2, FIRST_ID + 1_500]) {
    using client = await reading(it.port, last);
    const [gap, ...rest] = eventsIn(await client.until('"n":1499}\n\n'));
    assert.deepEqual(gap, {
      id: undefined,
      event: "gap",
      data: { last_event_id: last, oldest_id: oldest },
    });
    assert.deepEqual(
      rest.map(({ id }) => id),
      numbered(oldest, FIRST_ID + 1_499),
    );
  }
  using client = await reading(it.port, oldest - 1);
  const [first] = eventsIn(await client.until('"n":1499}\n\n'));
  assert.equal(first.id, String(oldest));
});

Deno.test("long lines do not take more room than short ones", async () => {
  const log = new EventLog(1, LIMITS);
  const line = "x".repeat(4096);
  for (let n = 0; n < 1_000; n++) log.add("log", { line });
  let sent = 0;
  const gone = Promise.withResolvers<void>();
  const sink = {
    gone: gone.promise,
    write: (bytes: Uint8Array) => {
      sent += bytes.length;
      gone.resolve();
      return Promise.resolve();
    },
  };
  await log.send(sink, 0);
  assert.ok(sent > 400_000 && sent <= 512 * 1024 + 200, String(sent));
});

Deno.test("an id that is none of ours is refused", async () => {
  await using it = endpoint({ isTrusted: true });
  for (const id of ["", "-1", "1.5", "x", "9".repeat(20)]) {
    const headers = { "Last-Event-ID": id };
    const { status } = await ask(it.port, "/events", { headers });
    assert.equal(status, 400, id);
  }
});

Deno.test("a silent stream has a heartbeat", async () => {
  await using it = endpoint({
    isTrusted: true,
    limits: { heartbeatMs: SHORT_MS / 5 },
  });
  using client = await reading(it.port);
  await client.until(": heartbeat\n\n: heartbeat\n\n");
});

Deno.test("a slow reader is told that it is dropped, and closed, and no other notices", async () => {
  await using directory = await tempDirectory();
  // Where the kernel keeps a fifth of a megabyte for a reader, not ten.
  const path = `${directory.path}/control.sock`;
  await using it = endpoint({
    addresses: [{ kind: "unix", path, mode: 0o600, group: undefined }],
  });
  const connect = async () => {
    const conn = await Deno.connect({ transport: "unix", path });
    return await readingFrom(new Client(conn));
  };
  using slow = await connect();
  using quick = await connect();
  const data = "x".repeat(8 * 1024);
  for (let n = 0; n <= 100; n++) {
    it.control.events.add("log", { n, data });
    await quick.until(`"n":${n},`);
  }
  const events = eventsIn(await slow.rest());
  const last = events.at(-1);
  assert.equal(last?.event, "dropped");
  assert.ok(last.data.unsent_bytes > LIMITS.unsentBytes);
  assert.ok(events.length < 100);
  assert.deepEqual(
    events.slice(0, -1).map(({ id }) => id),
    numbered(FIRST_ID, FIRST_ID + events.length - 2),
  );
});

Deno.test("readers that have gone leave their places", async () => {
  await using it = endpoint({ isTrusted: true, limits: { longAnswers: 2 } });
  for (let turn = 0; turn < 3; turn++) {
    using _one = await reading(it.port);
    using two = await reading(it.port);
    const { status } = await ask(it.port, "/events");
    assert.equal(status, 503);
    await two.conn.closeWrite();
    assert.match(await two.rest(), /retry/);
    _one[Symbol.dispose]();
    await until("the places are free", async () => {
      using three = await Client.to(it.port);
      await three.send(requestOf("/events", { method: "HEAD" }));
      return answered(await three.rest()).status === 200;
    });
  }
});

Deno.test("the last thousand lines of the log are kept whatever else happens", () => {
  const events = new EventLog(FIRST_ID, LIMITS);
  for (let line = 0; line < 1_010; line++) {
    events.add("log", { line });
    for (let other = 0; other < 3; other++) events.add("state", { other });
  }
  const lines = events.lines().trimEnd().split("\n");
  assert.equal(lines.length, 1_000);
  assert.equal(lines[0], '{"line":10}');
  assert.equal(lines.at(-1), '{"line":1009}');
});

Deno.test("long lines of the log are kept within half a million characters", () => {
  const events = new EventLog(FIRST_ID, LIMITS);
  for (let line = 0; line < 10; line++) {
    events.add("log", { line, message: "x".repeat(100_000) });
  }
  assert.ok(events.lines().length <= 512 * 1024);
  assert.ok(events.lines().startsWith('{"line":5,'));
});
