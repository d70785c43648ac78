/**
 * http-sd: Prometheus' HTTP service discovery on Redis.
 *
 *   main.ts server         answers /targets/PATH from Redis
 *   main.ts worker         runs the generators that are asked for
 *   main.ts check          looks at the variables alone
 *   main.ts check DIR      runs every generator once, and says what is wrong
 */
import { appOf } from "./app.ts";
import { exposition, SharedCounts, WorkerCounts } from "./counts.ts";
import { generate, namesIn } from "./generators.ts";
import { serveInherited } from "./inherited_http.ts";
import { reasonOf, Store } from "./store.ts";
import { readVariables, type Variables, VariablesError } from "./variables.ts";
import { Worker } from "./worker.ts";

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

async function server(variables: Variables): Promise<void> {
  await using store = new Store(variables.REDIS_URL);
  await using counts = new SharedCounts(store);
  const app = appOf(store, counts, variables.CACHE_EXPIRE_SECONDS);
  const { LISTEN, LISTEN_FD } = variables;
  const handler = (request: Request) => app.fetch(request);
  const http = LISTEN_FD === undefined
    ? Deno.serve({ ...LISTEN, onListen: () => {} }, handler)
    : serveInherited(LISTEN_FD, handler);
  onStop(() => void http.shutdown());
  const where = LISTEN_FD === undefined
    ? `${LISTEN.hostname}:${LISTEN.port}`
    : `the socket ${LISTEN_FD}`;
  // It could not answer a single request without Redis.
  await store.ping();
  console.info(`INFO Server is ready on ${where}`);
  await http.finished;
}

async function worker(variables: Variables): Promise<void> {
  await using store = new Store(variables.REDIS_URL);
  const counts = new WorkerCounts(variables.WORKER_ID);
  const worker = new Worker(variables, store, counts);
  let isReady = false;
  await using _metrics = Deno.serve({
    ...variables.METRICS_LISTEN,
    onListen: () => {},
    onError: (error) => new Response(`${reasonOf(error)}\n`, { status: 503 }),
  }, async ({ url }) => {
    switch (new URL(url).pathname) {
      case "/metrics":
        return new Response(await exposition(store, counts));
      case "/healthz":
        return new Response("ok\n");
      case "/readyz":
        return new Response(isReady ? "ready\n" : "not ready\n", {
          status: isReady ? 200 : 503,
        });
      default:
        return new Response("use /metrics, /healthz or /readyz\n", {
          status: 404,
        });
    }
  });
  onStop(() => worker.stop());
  await worker.run(() => {
    isReady = true;
    console.info(`INFO Worker ${variables.WORKER_ID} is ready`);
  });
}

async function check(variables: Variables, directory: string): Promise<void> {
  const names = await namesIn(directory);
  if (names.length === 0) {
    throw new Error(`there is no generator in ${directory}`);
  }
  const limitMs = variables.GENERATOR_TIMEOUT_SECONDS * 1_000;
  const lines = await Promise.all(names.map(async (name) => {
    try {
      const results = await generate(directory, { name, query: "" }, limitMs);
      const count = results.flatMap(({ targets }) => targets).length;
      return `ok: ${name}: ${count} targets`;
    } catch (error) {
      const { name: type, message } = error as Error;
      Deno.exitCode = 1;
      return `fault: ${name}: ${type}: ${message}`;
    }
  }));
  for (const line of lines) console.log(line);
}

function onStop(stop: () => void): void {
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, stop);
}

async function main(
  [part, directory, ...rest]: readonly string[],
): Promise<void> {
  const variables = readVariables(Deno.env.toObject());
  if (part === "server" && directory === undefined) await server(variables);
  else if (part === "worker" && directory === undefined) {
    await worker(variables);
  } else if (part === "check" && directory !== undefined && rest.length === 0) {
    await check(variables, directory);
  } else if (part !== "check" || directory !== undefined) {
    throw new Error("use server, worker, check or check DIR");
  }
}

try {
  await main(Deno.args);
} catch (error) {
  const lines = error instanceof VariablesError
    ? error.lines
    : [reasonOf(error)];
  for (const line of lines) console.error(`http-sd: ${line}`);
  Deno.exit(error instanceof VariablesError ? 2 : 1);
}
Deno.exit();
