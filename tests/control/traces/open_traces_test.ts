/** From the steps of a core to a collector. */
import assert from "node:assert/strict";
import { emptyJournal } from "../../../src/control/journal/empty_journal.ts";
import { holdPort } from "../../fixtures/held_port.ts";
import { openTraces } from "../../../src/control/traces/open_traces.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";
import { until } from "../../host/temp.ts";
import { QUICK } from "../../simulation/stepping.ts";
import { EPOCH, Story } from "../journal/story.ts";
import { collector, valuesOf } from "./collector.ts";

/** A reload that has ended is in the second journal. */
function reloaded() {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  story.wait(20).end(1);
  story.wait(3).look(2);
  return { then: emptyJournal(EPOCH, ["/c"]), now: story.journal };
}

function opened(endpoint: string, more: Record<string, string> = {}) {
  const messages: Message[] = [];
  const variables: Record<string, string> = {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    ...more,
  };
  const traces = openTraces({
    version: "1.0.0",
    variable: (name) => variables[name],
    log: (message) => messages.push(message),
  });
  const warnings = () =>
    messages.filter(({ level }) => level === "warn").map(({ text }) => text);
  return { traces, messages, warnings };
}

Deno.test("a reload that has ended is sent once, with the headers and the name that the variables have", async () => {
  await using receiver = collector();
  const { traces, messages, warnings } = opened(receiver.url, {
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x",
    OTEL_SERVICE_NAME: "exporter",
  });
  assert.ok(traces !== undefined);
  const { then, now } = reloaded();
  traces.onChange(then, now);
  traces.onChange(now, { ...now, holds: 1 });
  traces.onChange(now, { ...now, reloads: [...now.reloads] });
  await traces.close();
  assert.equal(receiver.requests.length, 1);
  const [{ path, headers, resource, spans }] = receiver.requests;
  assert.equal(path, "/v1/traces");
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("authorization"), "Bearer x");
  assert.equal(valuesOf(resource)["service.name"], "exporter");
  assert.deepEqual(spans.map(({ name }) => name), ["reload", "stop", "start"]);
  assert.deepEqual(warnings(), []);
  assert.match(messages[0].text, /^Traces of reloads are sent to http/);
});

Deno.test("a collector that refuses, answers with a fault or hangs is one WARN line, and the end does not wait", async () => {
  const hanging = Promise.withResolvers<Response>();
  await using faulty = collector(() => new Response(null, { status: 500 }));
  await using slow = collector(() => hanging.promise);
  using nobody = holdPort();
  const cases: [string, RegExp][] = [
    [`http://127.0.0.1:${nobody.port}`, /: connection refused; reloads go on/],
    [faulty.url, /: answered 500; reloads go on/],
    [slow.url, /: no answer; reloads go on/],
  ];
  for (const [url, why] of cases) {
    const { traces, warnings } = opened(url);
    const { then, now } = reloaded();
    traces?.onChange(then, now);
    traces?.onChange(then, now);
    await until(
      "the request has failed, or waits",
      () => warnings().length > 0 || slow.requests.length > 0,
    );
    const began = performance.now();
    await traces?.close();
    const tookMs = performance.now() - began;
    assert.ok(tookMs < 1_500, `${url} took ${tookMs} ms`);
    assert.equal(warnings().length, 1, warnings().join("\n"));
    assert.match(warnings()[0], why);
  }
  hanging.resolve(Response.json({}));
});

Deno.test("a password of the endpoint is in no line", async () => {
  const { traces, messages } = opened("http://user:secret@127.0.0.1:1");
  const { then, now } = reloaded();
  traces?.onChange(then, now);
  await traces?.close();
  assert.ok(messages.length >= 2);
  assert.doesNotMatch(JSON.stringify(messages), /secret/);
});

Deno.test("OTEL_SDK_DISABLED is told, and a certificate that is not there is refused", () => {
  const { traces, messages } = opened("http://x", {
    OTEL_SDK_DISABLED: "true",
  });
  assert.equal(traces, undefined);
  assert.match(messages[0].text, /OTEL_SDK_DISABLED/);
  // A device has no end: it must not be read until the memory is full.
  for (
    const [file, why] of [
      ["/no/such", "it does not exist"],
      ["/dev/zero", "it is not a regular file"],
    ]
  ) {
    assert.throws(
      () => opened("https://x", { OTEL_EXPORTER_OTLP_CERTIFICATE: file }),
      {
        message:
          `Cannot send traces: the file of OTEL_EXPORTER_OTLP_CERTIFICATE ${file} cannot be read: ${why}`,
      },
    );
  }
});
