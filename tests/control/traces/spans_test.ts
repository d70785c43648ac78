/** A reload as a trace, held against OpenTelemetry's definitions. */
import assert from "node:assert/strict";
import { spansOf } from "../../../src/control/traces/spans.ts";
import { TraceIdsByReload } from "../../../src/control/traces/trace_ids.ts";
import { traceRequest } from "../../../src/control/traces/trace_request.ts";
import type { ReloadRecord } from "../../../src/control/vocabulary/journal.ts";
import { EPOCH, SIGNED, Story, VETTED } from "../journal/story.ts";
import { readRequest, valuesOf } from "./collector.ts";

const SENDER = {
  resource: { "service.name": "s", "host.name": "named" },
  version: "1.2.3",
  pid: 7,
  hostname: "host",
};

function traceOf(reload: ReloadRecord) {
  const ids = new TraceIdsByReload();
  const spans = spansOf(reload, ids.of(reload));
  return readRequest(JSON.stringify(traceRequest(SENDER, spans)));
}

function restarted(): ReloadRecord {
  const story = Story.ready({ ...SIGNED, drainDelayMs: 2_000 }, 1);
  story.send({ kind: "hint", cause: "event" });
  story.wait(3).look(2);
  story.wait(500).look(2);
  story.wait(2_000).timer("drain");
  story.wait(45).end(1);
  story.wait(7).look(2);
  story.wait(60.5).send({ kind: "ready", run: 2 });
  return story.journal.reloads[0];
}

Deno.test("a trace has the reload as its root, and below it a span for each phase, one after the other", () => {
  const { spans, resource } = traceOf(restarted());
  assert.deepEqual(valuesOf(resource), {
    "service.name": "s",
    "host.name": "named",
    "service.version": "1.2.3",
    "process.pid": "7",
  });
  const [root, ...phases] = spans;
  assert.equal(root.name, "reload");
  assert.equal(root.parentSpanId, undefined);
  const begin = BigInt(EPOCH + 60_000) * 1_000_000n;
  assert.equal(root.startTimeUnixNano, String(begin));
  const told = phases.map(({ name, startTimeUnixNano, endTimeUnixNano }) =>
    `${name} ${(BigInt(startTimeUnixNano) - begin) / 1000n} ${
      (BigInt(endTimeUnixNano) - begin) / 1000n
    }`
  );
  assert.deepEqual(told, [
    "detect 0 3000",
    "debounce 3000 503000",
    "drain 503000 2503000",
    "stop 2503000 2548000",
    "start 2548000 2555000",
    "ready 2555000 2615500",
  ]);
  assert.equal(
    root.endTimeUnixNano,
    phases.at(-1)?.endTimeUnixNano,
  );
  assert.ok(phases.every(({ parentSpanId }) => parentSpanId === root.spanId));
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
});

Deno.test("what went well is unset, and tells what it was", () => {
  const [{ status, attributes }] = traceOf(restarted()).spans;
  assert.deepEqual(status, { code: 0 });
  const values = valuesOf(attributes);
  assert.equal(values["flush_manager.reload.id"], "1");
  assert.equal(values["flush_manager.reload.trigger"], "config");
  assert.equal(values["flush_manager.reload.action"], "restart");
  assert.equal(values["flush_manager.reload.outcome"], "applied");
  assert.equal(values["file.path"], "/c");
  assert.equal(values["flush_manager.reload.downtime_ms"], 7);
  assert.equal(values["error.type"], undefined);
});

Deno.test("what was rejected is an error with its reason", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.refuse("the check ended with exit status 1");
  const [{ status, attributes }, ...phases] = traceOf(
    story.journal.reloads[0],
  ).spans;
  assert.equal(status.code, 2);
  assert.match(status.message ?? "", /exit status 1/);
  assert.equal(valuesOf(attributes)["error.type"], "rejected");
  assert.ok(phases.some(({ name }) => name === "check"));
});

Deno.test("the context of a program is the span of the phase in which it is run", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  const { current } = story.journal;
  assert.ok(current !== undefined);
  const ids = new TraceIdsByReload();
  const context = ids.traceparent(current);
  assert.match(context, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(ids.traceparent(current), context);
  story.refuse("no");
  const [ended] = story.journal.reloads;
  const spans = spansOf(ended, ids.of(ended));
  const check = spans.find(({ name }) => name === "check");
  assert.equal(context, `00-${check?.traceId}-${check?.spanId}-01`);
  // Between two phases it is the root's.
  assert.equal(
    ids.traceparent(ended),
    `00-${check?.traceId}-${spans[0].spanId}-01`,
  );
  ids.forget(ended);
  assert.notEqual(ids.of(ended).traceId, check?.traceId);
});
