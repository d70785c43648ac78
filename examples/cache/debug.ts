/**
 * Profiles on API_DEBUG_PORT under the guide's paths, in the formats of V8: a
 * CPU profile for Chrome's DevTools or `speedscope`, numbers of the heap, and
 * what is under way.
 */
import { Hono } from "hono";
import { Session } from "node:inspector/promises";
import { getHeapStatistics } from "node:v8";
import type { Metrics } from "./metrics.ts";

const SECONDS_MAX = 120;

export function debugRoutes(metrics: Metrics): Hono {
  const app = new Hono();
  app.get("/debug/pprof/profile", async (c) => {
    const seconds = Number(c.req.query("seconds") ?? 30);
    if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
      return c.text(`seconds: use a number up to ${SECONDS_MAX}\n`, 400);
    }
    return Response.json(await cpuProfile(seconds));
  });
  app.get(
    "/debug/pprof/heap",
    (c) => c.json({ process: Deno.memoryUsage(), v8: getHeapStatistics() }),
  );
  app.get("/debug/pprof/goroutine", async (c) => {
    const { total_requests } = await metrics.summary();
    const memory = Deno.memoryUsage();
    return c.json({ total_requests, rss: memory.rss });
  });
  return app;
}

async function cpuProfile(seconds: number): Promise<object> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    return (await session.post("Profiler.stop")).profile;
  } finally {
    session.disconnect();
  }
}
