/** The HTTP interface: who may ask, what is answered, and what is counted and logged of it. */
import { type Context, Hono } from "hono";
import { profiles } from "../profiles.ts";
import { authenticate, keysOf } from "./api_keys.ts";
import type { Backend } from "./backends/backend.ts";
import type { Config } from "./config.ts";
import type { Files } from "./files.ts";
import { type Dependency, healthOf } from "./health.ts";
import type { Log } from "./log.ts";
import type { Metadata } from "./metadata.ts";
import type { Metrics } from "./metrics.ts";
import { fileOf, FILES, pathOf, rawPath } from "./paths.ts";
import { reasonOf, Refusal } from "./refusal.ts";

const LIST_MAX = 1_000;
/** How long the rest of a refused upload is waited for. */
const LINGER_MS = 2_000;

export interface Service {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly metadata: Metadata;
  readonly backends: readonly Backend[];
  readonly locks: Pick<Dependency, "check">;
  readonly files: Files;
}

export function appOf(service: Service): Hono {
  const { log, metrics, metadata, backends, locks } = service;
  const dependencies: readonly Dependency[] = [
    { name: "database", check: () => metadata.check() },
    { name: "redis", check: () => locks.check() },
    ...backends,
  ];
  const app = new Hono();
  app.onError(async (error, context) => {
    await takeRest(context.req.raw);
    return refused(context, error, log);
  });
  app.notFound((context) => context.json({ error: "Not found" }, 404));
  app.use(async (context, next) => {
    const startedAt = performance.now();
    await next();
    observe(context, service, startedAt);
  });
  const { notes, routes } = profiles();
  app.use(notes);
  app.get("/livez", (context) => context.text("ok\n"));
  app.get("/health", async (context) => {
    const health = await healthOf(dependencies);
    return context.json(health, health.status === "ok" ? 200 : 503);
  });
  app.get("/metrics", async (context) => {
    const { checks } = await healthOf(backends);
    const available = Object.entries(checks).map((
      [name, { status }],
    ) => [name, status === "ok"] as const);
    const text = await metrics.text(
      await metadata.connections(),
      new Map(available),
    );
    return context.body(text, 200, { "content-type": metrics.contentType });
  });
  const isKnown = keysOf(service.config.auth.api_keys);
  for (const secured of [`${FILES}/*`, "/debug/*"]) {
    app.use(secured, async (context, next) => {
      authenticate(context.req.header("authorization"), isKnown);
      await next();
    });
  }
  app.route("/", routes);
  return withFiles(app, service);
}

function withFiles(
  app: Hono,
  { files, metadata, metrics, backends, config }: Service,
): Hono {
  const counted = async <Answer>(
    operation: string,
    backend: string,
    act: () => Promise<Answer>,
  ) => {
    let status = "error";
    try {
      const answer = await act();
      status = "success";
      return answer;
    } finally {
      metrics.operations.inc({ operation, backend, status });
    }
  };
  const { read_timeout, write_timeout } = config.server;
  app.get(FILES, (context) => list(context, metadata, "/"));
  app.get(`${FILES}/*`, async (context) => {
    const path = pathOf(context.req.url);
    if (path.endsWith("/")) return await list(context, metadata, path);
    if (context.req.method === "HEAD") {
      return context.body(null, 200, headersOf(await files.find(path)));
    }
    const file = await counted(
      "read",
      backends[0].name,
      () => files.open(path),
    );
    return context.body(
      endedAfter(write_timeout, file.body),
      200,
      headersOf(file),
    );
  });
  app.put(`${FILES}/*`, async (context) => {
    const path = fileOf(context.req.url);
    const length = context.req.header("content-length");
    const file = await counted(
      "write",
      backends[0].name,
      () =>
        within(read_timeout, (signal) =>
          files.put(path, {
            body:
              context.req.raw.body as ReadableStream<Uint8Array<ArrayBuffer>> ??
                new Blob([]).stream(),
            length: length === undefined ? undefined : Number(length),
            contentType: context.req.header("content-type") ??
              "application/octet-stream",
            signal,
          })),
    );
    const { size, sha256, backend } = file;
    return context.json({ path, size, sha256, backend }, 201);
  });
  app.delete(`${FILES}/*`, async (context) => {
    const path = fileOf(context.req.url);
    await counted("delete", backends[0].name, () => files.remove(path));
    return context.body(null, 204);
  });
  return app;
}

/** Ends an upload that takes longer. */
async function within<Answer>(
  limitMs: number,
  act: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  try {
    return await act(limit.signal);
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    throw new Refusal(
      408,
      `The upload took longer than server.read_timeout (${limitMs / 1_000}s)`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a download that takes longer. */
function endedAfter(
  limitMs: number,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  const passed = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >();
  void body.pipeTo(passed.writable, { signal: limit.signal })
    // A client that has gone is told of nowhere else either.
    .catch(() => {}).finally(() => clearTimeout(timer));
  return passed.readable;
}

async function list(
  context: Context,
  metadata: Metadata,
  path: string,
): Promise<Response> {
  const after = context.req.query("after") ?? "";
  const asked = context.req.query("limit") ?? `${LIST_MAX}`;
  const limit = Number(asked);
  if (!/^\d{1,4}$/.test(asked) || limit < 1 || limit > LIST_MAX) {
    throw new Refusal(
      400,
      `limit: the value ${
        JSON.stringify(asked)
      } is not allowed; use a whole number from 1 to ${LIST_MAX}`,
    );
  }
  const entries = await metadata.list(path, { after, limit });
  const next = entries.length === limit ? { next: entries.at(-1)?.name } : {};
  return context.json({ path, entries, ...next });
}

const headersOf = (
  { size, sha256, contentType, updatedAt }: Awaited<ReturnType<Files["find"]>>,
) => ({
  "content-length": `${size}`,
  "content-type": contentType,
  etag: `"${sha256}"`,
  "last-modified": updatedAt.toUTCString(),
});

/**
 * Reads a bit of what is still coming: a client that is in the middle of its
 * upload would otherwise see a connection that is reset, and not the answer.
 */
async function takeRest({ body }: Request): Promise<void> {
  if (body === null || body.locked) return;
  const limit = AbortSignal.timeout(LINGER_MS);
  await body.pipeTo(new WritableStream(), { signal: limit }).catch(() => {});
}

function refused(context: Context, error: Error, log: Log): Response {
  const { status, message } = error instanceof Refusal
    ? error
    : { status: 500 as const, message: reasonOf(error) };
  if (status >= 500) {
    log.error(message, { path: rawPath(context.req.url) });
  }
  if (status === 401) context.header("www-authenticate", "Bearer");
  if (status === 423 || status === 503) context.header("retry-after", "1");
  return context.json({ error: message }, status);
}

function observe(
  context: Context,
  { metrics, log }: Service,
  startedAt: number,
): void {
  const { method } = context.req;
  const seconds = (performance.now() - startedAt) / 1_000;
  const pathname = rawPath(context.req.url);
  // Few values: not one for each file.
  const path = pathname.startsWith(FILES)
    ? `${FILES}/`
    : ["/health", "/metrics", "/livez"].find((each) => each === pathname) ??
      "other";
  const status = String(context.res.status);
  metrics.requests.inc({ method, path, status });
  metrics.seconds.observe({ method, path }, seconds);
  const trace = context.req.header("x-trace-id");
  if (trace !== undefined) context.header("x-trace-id", trace);
  const isRoutine = path !== `${FILES}/` && context.res.status < 400;
  log[isRoutine ? "debug" : "info"]("Request", {
    method,
    path: pathname,
    status,
    ms: Math.round(seconds * 1_000),
    ...(trace === undefined ? {} : { trace_id: trace }),
  });
}
