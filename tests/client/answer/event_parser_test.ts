/** Server-sent events in pieces, by example and by chance. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  EventParser,
  type ServerEvent,
} from "../../../src/client/answer/event_parser.ts";

const STREAM = `retry: 2000

id: 5
event: state
data: {"a":1}

: heartbeat

id: 6\r
event: log\r
data: one\r
data:two\r
\r
data

event: empty

`;

const EVENTS: ServerEvent[] = [
  { id: "5", event: "state", data: '{"a":1}' },
  { id: "6", event: "log", data: "one\ntwo" },
  { id: "6", event: "message", data: "" },
];

Deno.test("events are read from a stream, with the pause that it asks for", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push(STREAM), EVENTS);
  assert.equal(parser.retryMs, 2_000);
});

Deno.test("it does not matter where the stream is cut", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: STREAM.length }), { maxLength: 12 }),
    (cuts) => {
      const parser = new EventParser();
      const at = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      const events = at.slice(1).flatMap((end, index) =>
        parser.push(STREAM.slice(at[index], end))
      );
      assert.deepEqual(events, EVENTS);
    },
  ));
});

Deno.test("an event without an end does not grow without one", () => {
  const parser = new EventParser();
  const piece = "data: ".padEnd(1024 * 1024, "x") + "\n";
  assert.throws(() => {
    for (let count = 0; count < 8; count++) parser.push(piece);
  }, RangeError);
});

Deno.test("a number that is none and an id with a NUL are left out", () => {
  const parser = new EventParser();
  const [event] = parser.push("retry: soon\nid: a\0b\ndata: x\n\n");
  assert.deepEqual(event, { id: "", event: "message", data: "x" });
  assert.equal(parser.retryMs, undefined);
});
