/**
 * The HTTP service: answers from Redis alone, and leaves the work to workers.
 * Prometheus keeps the targets that it has when it is answered with anything but
 * 200 and a list.
 */
import { Hono } from "hono";
import { exposition, type SharedCounts } from "./counts.ts";
import { type Cached, type Failed, reasonOf, type Store } from "./store.ts";
import { type Request, requestOf } from "./targets.ts";

const RELOAD_MESSAGE =
  "Cache cleared and job enqueued for regeneration. Please try again without ?reload=true";
const PROCESSING = {
  status: "processing",
  message:
    "Job is currently being processed by a worker. Please wait a moment and try again.",
  suggestion: "Wait a few seconds and retry with ?debug=true",
};
const NO_DEBUG_INFO = {
  status: "no_debug_info",
  message:
    "No error information available yet. Please trigger job processing first.",
  suggestion:
    "Try the request without ?debug=true first to trigger job processing, then retry with ?debug=true",
};

/** Not now: `retry-after` is for clients that are not Prometheus, which asks again by its interval. */
const NOT_NOW = 503;
const RETRY_AFTER = { "retry-after": "1" };
const CONTENT_TYPE = { "content-type": "text/plain; version=0.0.4" };

export function appOf(
  store: Store,
  counts: SharedCounts,
  expireSeconds: number,
): Hono {
  const app = new Hono();
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get(
    "/metrics",
    async (context) => context.text(await exposition(store), 200, CONTENT_TYPE),
  );
  app.get("/targets/:name{.+}", async (context) => {
    const { searchParams } = new URL(context.req.url);
    const request = requestOf(context.req.param("name"), searchParams);
    if (request === undefined) {
      return context.json({
        error:
          "no such path: a path has letters, digits, '_', '-', '.' and '/'",
      }, 404);
    }
    if (searchParams.get("debug") === "true") {
      return context.json(await debugOf(store, request, expireSeconds));
    }
    if (searchParams.get("reload") === "true") {
      return context.json(await reload(store, request));
    }
    const { cached, failed } = await store.look(request.fullPath);
    if (cached !== undefined && ageOf(cached) <= expireSeconds) {
      counts.request(request.name, "success", "hit");
      return context.json(cached.results);
    }
    // A generator that has just failed is left alone until its error is forgotten.
    if (failed === undefined) await store.request(request.fullPath);
    if (cached !== undefined) {
      counts.request(request.name, "cache-expired", "expired");
      return context.json({ error: "cache expired" }, NOT_NOW, RETRY_AFTER);
    }
    counts.request(
      request.name,
      failed === undefined ? "cache-not-exist" : "fail",
      "miss",
    );
    return context.json({ error: "cache miss" }, NOT_NOW, RETRY_AFTER);
  });
  app.notFound((context) =>
    context.json({ error: "not found: use /targets/PATH" }, 404)
  );
  app.onError((error, context) => {
    const [, name] = /^\/targets\/(.+)$/.exec(context.req.path) ?? [];
    if (name !== undefined) counts.request(name, "fail");
    console.error(
      `ERROR Cannot answer ${context.req.path}: ${reasonOf(error)}`,
    );
    return context.json(
      { error: reasonOf(error) },
      NOT_NOW,
      RETRY_AFTER,
    );
  });
  return app;
}

async function reload(store: Store, { name, query, fullPath }: Request) {
  const { hadCache, hadError } = await store.reload(fullPath);
  return {
    status: "reload_initiated",
    message: RELOAD_MESSAGE,
    path: `/targets/${name}?${query}`,
    cache_cleared: hadCache,
    error_cache_cleared: hadError,
  };
}

async function debugOf(
  store: Store,
  { fullPath }: Request,
  expireSeconds: number,
) {
  const { cached, failed } = await store.look(fullPath);
  if (cached === undefined && failed === undefined) {
    if (await store.isProcessing(fullPath)) return PROCESSING;
    return { requested_path: fullPath, ...NO_DEBUG_INFO };
  }
  return {
    requested_path: fullPath,
    debug_info: {
      ...failed === undefined
        ? {}
        : { error_details: errorOf(failed, fullPath) },
      ...cached === undefined
        ? {}
        : { normal_cache: cacheOf(cached, expireSeconds) },
    },
  };
}

function cacheOf(cached: Cached, expireSeconds: number) {
  const age = ageOf(cached);
  return {
    status: "success",
    updated_timestamp: timestampOf(cached.updatedAtMs),
    results: cached.results,
    cache_age_seconds: `${age.toFixed(1)}s ago`,
    ...age > expireSeconds
      ? { expiry_status: `expired after ${expireSeconds}s` }
      : {},
  };
}

function errorOf({ atMs, type, message, traceback }: Failed, fullPath: string) {
  const timestamp = timestampOf(atMs);
  return {
    timestamp,
    timestamp_human: timestamp.slice(0, 19).replace("T", " "),
    error_type: type,
    error_message: message,
    full_path: fullPath,
    traceback,
  };
}

const ageOf = ({ updatedAtMs }: Cached) =>
  Math.max(0, Date.now() - updatedAtMs) / 1_000;

/** As the guide has it: UTC, microseconds, no zone. */
const timestampOf = (ms: number) =>
  `${new Date(ms).toISOString().slice(0, -1)}000`;
