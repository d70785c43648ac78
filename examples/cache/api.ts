/** The HTTP service: routes, and what each answers. */
import { trace } from "@opentelemetry/api";
import { type Context, Hono, type Next } from "hono";
import { type Profiles, profiles } from "../profiles.ts";
import type { HttpBindings, Program } from "./program.ts";
import { CircuitOpen } from "./breaker.ts";
import { messageOf } from "./faults.ts";
import { health } from "./health.ts";
import { RateLimit } from "./rate_limit.ts";
import {
  BadRequest,
  bodyOf,
  keyOf,
  keysOf,
  limitOf,
  limitValue,
  versionOf,
  writeOf,
  writesOf,
} from "./request.ts";
import { Conflict, Full, Store, type Write } from "./store.ts";

type Ctx = Context<{ Bindings: HttpBindings }>;

const LOOK_EVERY_MS = 1_000;
/** The rest of a message beside the value. */
const ENVELOPE_BYTES = 2_048;

/** Serves until the program is asked to end, and finishes what is under way. */
export async function runApi(program: Program): Promise<void> {
  const { settings, log, metrics, queue, signal } = program;
  const store = new Store(program, log, settings.API_BACKLOG_MAX);
  const look = async () => {
    try {
      const { depth } = await store.look();
      metrics.depth.set(depth);
    } catch (error) {
      log.debug("cannot look at the queue", { error: messageOf(error) });
    }
  };
  await look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  const limit = new RateLimit();
  const seen = profiles();
  const app = routes(program, store, limit, seen);
  log.debug("settings", { max_payload: queue.maxPayload });
  const { API_HOST, API_PORT, API_DEBUG_PORT } = settings;
  const servers = [program.serve("api", API_HOST, API_PORT, app.fetch)];
  if (API_DEBUG_PORT !== 0) {
    const { fetch } = seen.routes;
    servers.push(program.serve("debug", "127.0.0.1", API_DEBUG_PORT, fetch));
  }
  try {
    await Promise.all(servers);
  } finally {
    clearInterval(timer);
  }
  log.info("api ended", { reason: String(signal.reason) });
}

function routes(
  program: Program,
  store: Store,
  limit: RateLimit,
  { notes, routes }: Profiles,
): Hono<{ Bindings: HttpBindings }> {
  const { settings, log, metrics, queue } = program;
  const app = new Hono<{ Bindings: HttpBindings }>();
  const most = () =>
    Math.min(settings.CACHE_MAX_VALUE_SIZE, queue.maxPayload - ENVELOPE_BYTES);

  app.use(notes);
  app.use(async (c, next) => {
    const begin = performance.now();
    c.header("x-trace-id", traceOf(c));
    await next();
    const seconds = (performance.now() - begin) / 1_000;
    const [method, route] = [c.req.method, routeOf(c.req.path)];
    trace.getActiveSpan()?.updateName(`${method} ${route}`);
    metrics.requests.inc({ method, route, status: c.res.status });
    metrics.seconds.observe({ method, route }, seconds);
    log.debug("request", {
      method,
      path: c.req.path,
      status: c.res.status,
      duration_ms: Math.round(seconds * 1_000),
      trace_id: traceOf(c),
    });
  });

  app.use("/v1/*", async (c, next) => {
    if (limit.takes()) return await next();
    metrics.limited.inc();
    return c.json({ error: "rate limit exceeded" }, 429, {
      "retry-after": "1",
    });
  });

  app.post("/v1/cache/batch", async (c) => {
    const writes = writesOf(await bodyOf(c.req.raw, 16 * most()));
    for (const write of writes) limitValue(write, most());
    const results = await Promise.all(
      writes.map((write) => outcomeOf(store, write, traceOf(c))),
    );
    const isWhole = results.every(({ status }) => status < 300);
    return c.json({ results }, isWhole ? 200 : 207);
  });

  app.post("/v1/cache/batch/get", async (c) => {
    const keys = keysOf(await bodyOf(c.req.raw, most()));
    const found = await Promise.all(keys.map((key) => store.get(key)));
    for (const { from } of found) count(program, from);
    const entries = found.flatMap(({ entry }) => entry ?? []);
    const there = new Set(entries.map(({ key }) => key));
    return c.json({
      entries,
      missing: keys.filter((key) => !there.has(key)),
    });
  });

  app.get("/v1/cache/:key", async (c) => {
    const key = keyOf(c.req.param("key"));
    const { entry, from } = await store.get(key);
    count(program, from);
    c.header("x-cache", from === "redis" ? "HIT" : "MISS");
    if (entry === undefined) {
      return c.json({ error: "key not found", key }, 404);
    }
    return c.json(entry);
  });

  const put = async (c: Context) => {
    const key = keyOf(c.req.param("key") ?? "");
    const write = writeOf(key, await bodyOf(c.req.raw, 2 * most()));
    limitValue(write, most());
    const entry = await store.write(write, traceOf(c));
    return c.json(entry, entry?.version === 1 ? 201 : 200);
  };
  app.put("/v1/cache/:key", put);
  app.post("/v1/cache/:key", put);

  app.delete("/v1/cache/:key", async (c) => {
    const key = keyOf(c.req.param("key"));
    const version = versionOf(c.req.query("version"));
    const write = { key, value: null, ttl: undefined, version };
    const entry = await store.write(write, traceOf(c));
    if (entry === undefined) {
      return c.json({ error: "key not found", key }, 404);
    }
    return c.json({ key, version: entry.version });
  });

  app.get("/health", () =>
    health({
      database: { isNeeded: true, ask: () => program.database.ping() },
      redis: { isNeeded: false, ask: () => program.cache.ping() },
      nats: { isNeeded: true, ask: () => queue.ping() },
    }));
  app.get("/livez", (c) => c.text("ok\n"));
  app.get("/metrics", (c) => metrics.answer(c.req.header("accept") ?? ""));

  const forOperators = async (c: Ctx, next: Next) => {
    const token = settings.API_ADMIN_TOKEN;
    const isAllowed = token === ""
      ? isLoopback(c.env.remoteAddr)
      : c.req.header("authorization") === `Bearer ${token}`;
    if (isAllowed) return await next();
    const how = token === ""
      ? "only from this host; set API_ADMIN_TOKEN for others"
      : "needs Authorization: Bearer API_ADMIN_TOKEN";
    return c.json({ error: how }, 403);
  };
  app.use("/admin/*", forOperators);
  app.use("/debug/*", forOperators);
  app.route("/", routes);
  app.get("/admin/ratelimit", (c) => c.json(limit.state));
  app.post("/admin/ratelimit", async (c) => {
    limit.set(limitOf(await bodyOf(c.req.raw, 1_000)));
    log.warn("rate limit set", limit.state);
    return c.json(limit.state);
  });

  app.notFound((c) => c.json({ error: "no such route" }, 404));
  app.onError((error, c) => {
    const { status, body } = refusalOf(error);
    if (status >= 500) {
      log.error("request failed", {
        method: c.req.method,
        path: c.req.path,
        error: messageOf(error),
        trace_id: traceOf(c),
      });
    }
    return c.json(body, status);
  });
  return app;
}

function count({ metrics }: Program, from: string): void {
  if (from === "redis") metrics.hits.inc();
  else metrics.misses.inc();
}

/** Few words for many keys, as labels have to be. */
function routeOf(path: string): string {
  if (/^\/v1\/cache\/batch(\/get)?$/.test(path)) return path;
  if (path.startsWith("/v1/cache/")) return "/v1/cache/{key}";
  return /^\/(health|livez|metrics|admin\/ratelimit)$/.test(path)
    ? path
    : "other";
}

const traces = new WeakMap<Request, string>();

/** The client's, by `traceparent` or `x-trace-id`, or a new one. */
function traceOf(c: Ctx): string {
  const known = traces.get(c.req.raw);
  if (known !== undefined) return known;
  const [, parent] =
    /^00-([0-9a-f]{32})-/.exec(c.req.header("traceparent") ?? "") ?? [];
  const given = c.req.header("x-trace-id") ?? "";
  const own = /^[\w-]{1,64}$/.test(given)
    ? given
    : crypto.randomUUID().replaceAll("-", "");
  traces.set(c.req.raw, parent ?? own);
  return parent ?? own;
}

const isLoopback = ({ hostname }: Deno.NetAddr) =>
  hostname === "::1" || /^(::ffff:)?127\./.test(hostname);

interface Outcome {
  readonly key: string;
  readonly status: number;
  readonly version?: number;
  readonly error?: string;
}

/** One of a batch that fails does not keep the others. */
async function outcomeOf(
  store: Store,
  write: Write,
  traceId: string,
): Promise<Outcome> {
  const { key } = write;
  try {
    const entry = await store.write(write, traceId);
    const version = entry?.version ?? 0;
    return { key, status: version === 1 ? 201 : 200, version };
  } catch (error) {
    const { status, body } = refusalOf(error);
    return { key, status, ...body };
  }
}

function refusalOf(
  error: unknown,
): {
  status: 400 | 409 | 413 | 503;
  body: { error: string; version?: number };
} {
  const message = messageOf(error);
  if (error instanceof BadRequest) {
    return { status: error.status, body: { error: message } };
  }
  if (error instanceof Conflict) {
    const { version } = error;
    return { status: 409, body: { error: message, version } };
  }
  const isKnown = error instanceof Full || error instanceof CircuitOpen;
  const text = isKnown ? message : `not acknowledged: ${message}`;
  return { status: 503, body: { error: text } };
}
