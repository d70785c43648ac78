/**
 * Profiles of a service under the paths of Go's pprof, in the formats of V8: a
 * CPU profile for Chrome's DevTools or `speedscope`, numbers of the heap, and
 * the requests that are not answered yet. Must not know who may ask for them.
 */
import { Hono, type MiddlewareHandler } from "hono";
import { Session } from "node:inspector/promises";
import { getHeapStatistics } from "node:v8";

const SECONDS_MAX = 120;

export interface Profiles {
  /** To be used for all requests, so that those that are not answered yet are known. */
  readonly notes: MiddlewareHandler;
  readonly routes: Hono;
}

export function profiles(): Profiles {
  const underWay = new Set<{ readonly text: string; readonly since: number }>();
  let isProfiling = false;
  const routes = new Hono();
  routes.get("/debug/pprof/profile", async (c) => {
    const seconds = Number(c.req.query("seconds") ?? 30);
    if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
      return c.text(`seconds: use a number up to ${SECONDS_MAX}\n`, 400);
    }
    if (isProfiling) {
      return c.text(
        "a profile is being made; ask again when it has ended\n",
        429,
      );
    }
    isProfiling = true;
    try {
      return c.json(await cpuProfile(seconds));
    } finally {
      isProfiling = false;
    }
  });
  routes.get(
    "/debug/pprof/heap",
    (c) => c.json({ process: Deno.memoryUsage(), v8: getHeapStatistics() }),
  );
  routes.get("/debug/pprof/goroutine", (c) => {
    const lines = Array.from(
      underWay,
      ({ text, since }) =>
        `${text} for ${Math.round(performance.now() - since)} ms\n`,
    );
    return c.text(
      `goroutine profile: total ${lines.length}\n${lines.join("")}`,
    );
  });
  return {
    notes: async (c, next) => {
      const text = `${c.req.method} ${c.req.path}`;
      const request = { text, since: performance.now() };
      underWay.add(request);
      try {
        await next();
      } finally {
        underWay.delete(request);
      }
    },
    routes,
  };
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
