/**
 * http-sd: Prometheus' HTTP service discovery on Redis.
 *
 *   main.ts server         answers /targets/PATH from Redis
 *   main.ts worker         runs the generators that are asked for
 *   main.ts check          looks at the variables alone
 *   main.ts check DIR      runs every generator once, and says what is wrong
 */
import { Hono } from "hono";
import { serve, type Serving } from "../serving.ts";
import { appOf } from "./app.ts";
import { exposition, SharedCounts, WorkerCounts } from "./counts.ts";
import { generate, namesIn } from "./generators.ts";
import { reasonOf, Store } from "./store.ts";
import { readVariables, type Variables, VariablesError } from "./variables.ts";
import { Worker } from "./worker.ts";

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

async function server(variables: Variables): Promise<void> {
  await using store = new Store(variables.REDIS_URL);
  await using counts = new SharedCounts(store);
  const app = appOf(store, counts, variables.CACHE_EXPIRE_SECONDS);
  const { LISTEN, LISTEN_FD } = variables;
  const http = LISTEN_FD === undefined
    ? listen("LISTEN", LISTEN, (request) => app.fetch(request))
    : serve({ fd: LISTEN_FD }, (request) => app.fetch(request));
  const stopped = stopAsked();
  // It could not answer a single request without Redis.
  await store.ping();
  const where = LISTEN_FD === undefined
    ? `${LISTEN.hostname}:${LISTEN.port}`
    : `the socket ${LISTEN_FD}`;
  console.info(`INFO Server is ready on ${where}`);
  await stopped;
  await http.end();
}

async function worker(variables: Variables): Promise<void> {
  await using store = new Store(variables.REDIS_URL);
  const counts = new WorkerCounts(variables.WORKER_ID);
  const worker = new Worker(variables, store, counts);
  let isReady = false;
  const app = new Hono();
  app.get("/metrics", async (c) => c.text(await exposition(store, counts)));
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get(
    "/readyz",
    (c) => isReady ? c.text("ready\n") : c.text("not ready\n", 503),
  );
  app.notFound((c) => c.text("use /metrics, /healthz or /readyz\n", 404));
  app.onError((error, c) => c.text(`${reasonOf(error)}\n`, 503));
  const { METRICS_LISTEN } = variables;
  const http = listen(
    "METRICS_LISTEN",
    METRICS_LISTEN,
    (request) => app.fetch(request),
  );
  void stopAsked().then(() => worker.stop());
  await worker.run(() => {
    isReady = true;
    console.info(`INFO Worker ${variables.WORKER_ID} is ready`);
  });
  await http.end();
}

function listen(
  variable: string,
  { hostname, port }: Variables["LISTEN"],
  handler: (request: Request) => Response | Promise<Response>,
): Serving {
  try {
    return serve({ hostname, port }, handler);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `Cannot listen on ${hostname}:${port}: another program listens there; stop it, or set ${variable} to another address`,
    );
  }
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

function stopAsked(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, resolve);
  return promise;
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
