/**
 * A collector for tests: takes OTLP over HTTP in JSON, and holds what comes against
 * OpenTelemetry's own protobuf definitions.
 */
import assert from "node:assert/strict";
// @ts-types="../../../types/otlp_definitions.d.ts"
import root from "@opentelemetry/otlp-transformer/generated";
import { serve } from "../../fixtures/server.ts";

/** A span as a test looks at it. */
export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly SeenAttribute[];
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface SeenAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: Headers;
  readonly resource: readonly SeenAttribute[];
  readonly spans: readonly SeenSpan[];
}

/**
 * Reads the body of a request. Throws unless every field is one of the message, and
 * of its type: what the definitions do not know would not come back from the bytes.
 */
export function readRequest(
  body: string,
): Omit<SeenRequest, "path" | "headers"> {
  const { ExportTraceServiceRequest: Message } =
    root.opentelemetry.proto.collector.trace.v1;
  const sent = JSON.parse(body, inProto);
  const bytes = Message.encode(Message.fromObject(sent)).finish();
  const read = Message.toObject(Message.decode(bytes), {
    longs: String,
    bytes: String,
    enums: Number,
    arrays: true,
  });
  assert.deepEqual(withoutDefaults(read), withoutDefaults(sent));
  const [{ resource, scopeSpans }] = JSON.parse(body).resourceSpans;
  return { resource: resource.attributes, spans: scopeSpans[0].spans };
}

/** OTLP's JSON has ids in hexadecimal where that of protobuf has Base64. */
function inProto(key: string, value: unknown): unknown {
  const isId = /^(traceId|spanId|parentSpanId)$/.test(key);
  if (!isId) return value;
  assert.ok(typeof value === "string");
  assert.match(value, key === "traceId" ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/);
  return Uint8Array.fromHex(value).toBase64();
}

/** Zeros, empty texts and empty lists are not on the wire. */
function withoutDefaults(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(
      value,
      (_, item) =>
        item === 0 || item === "" || (Array.isArray(item) && item.length === 0)
          ? undefined
          : item,
    ),
  );
}

/** Listens on a port of its own; `answer` makes the answer to each request. */
export function collector(
  answer: (nth: number) => Response | Promise<Response> = () =>
    Response.json({}),
) {
  const requests: SeenRequest[] = [];
  const server = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const seen = readRequest(await request.text());
      const path = new URL(request.url).pathname;
      requests.push({ path, headers: request.headers, ...seen });
      return await answer(requests.length);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.end(),
  };
}

/** The values of attributes by their keys. */
export const valuesOf = (
  attributes: readonly SeenAttribute[],
): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
  );
