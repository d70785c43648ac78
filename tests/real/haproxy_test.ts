/**
 * Restarts of programs that open their own socket, and HAProxy in front of them,
 * which tries again what found nobody. What its clients lose is counted: each
 * request is made on a connection of its own, and lost unless it is answered
 * with 200. Without HAProxy as the control. The figures of a run are printed.
 *
 * What stays lost: an answer that has begun, and a POST whose connection ended
 * without an answer. nginx by QUIT finishes the first; the second are those
 * connections which nobody had accepted.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Manager } from "../e2e/harness.ts";
import type { Bench } from "./bench.ts";
import { Clients } from "./clients.ts";
import { Haproxy } from "./haproxy.ts";
import { nginxCommand, nginxConfig, SLOW, SLOW_BYTES } from "./nginx.ts";
import { pathOf, type Program, realTest } from "./programs.ts";

const RESTARTS = 20;
/** For so many requests each one serves. */
const REQUESTS_EACH = 50;
/** What a client sees of an answer that ends early: HAProxy answers 503 where it finds nobody. */
const CUT_OFF = /^502$|body/;
const GETS = ["GET", "GET", "GET", "GET"];
/** A second one may do it twice. */
const WRITES = ["POST", "PUT", "PATCH", "DELETE"];

/** A program that opens its own socket. */
interface Kind {
  readonly name: string;
  readonly needs: readonly Program[];
  readonly options: (bench: Bench, port: number) => readonly string[];
  readonly publish: (bench: Bench, port: number, revision: number) => string;
  readonly methods: readonly string[];
  /** Whether it answers what it has accepted before it ends. */
  readonly finishes: boolean;
}

const NGINX: Kind = {
  name: "nginx by QUIT",
  needs: ["nginx"],
  options: (bench) => ["--stop-signal=QUIT", ...nginxCommand(bench)],
  publish: (bench, port, revision) =>
    bench.write(
      "nginx.conf",
      nginxConfig({
        listen: `127.0.0.1:${port}`,
        answer: `revision-${revision}`,
        more: SLOW,
      }),
    ),
  methods: [...GETS, "POST"],
  finishes: true,
};

/** It ends at once by SIGTERM, whatever it does. */
const PYTHON: Kind = {
  name: "python3 -m http.server",
  needs: ["python3"],
  options: (bench, port) => [
    `--command=${pathOf("python3")}`,
    "--",
    ...["-m", "http.server", String(port), "--bind", "127.0.0.1"],
    ...["--directory", bench.directory],
  ],
  publish: (bench, _port, revision) =>
    bench.write("index.html", `revision-${revision}\n`),
  methods: GETS,
  finishes: false,
};

async function start(
  bench: Bench,
  kind: Kind,
  port: number,
): Promise<Manager> {
  const manager = await bench.start([
    `--config=${kind.publish(bench, port, 0)}`,
    ...["--debounce=0ms", "--debounce-max=0ms"],
    ...[`--ready=tcp:127.0.0.1:${port}`, "--ready-interval=20ms"],
    ...kind.options(bench, port),
  ]);
  await manager.log.wait("is ready after");
  return manager;
}

async function restart(
  bench: Bench,
  kind: Kind,
  port: number,
  manager: Manager,
  clients: Clients,
): Promise<void> {
  for (let revision = 1; revision <= RESTARTS; revision++) {
    kind.publish(bench, port, revision);
    await manager.log.wait("is ready after", { nth: revision + 1 });
    await clients.more(REQUESTS_EACH);
  }
  equal(manager.starts, RESTARTS + 1);
}

for (const kind of [NGINX, PYTHON]) {
  for (const isBehind of [true, false]) {
    const how = isBehind ? "behind HAProxy" : "without HAProxy";
    realTest(
      `haproxy: ${RESTARTS} restarts of ${kind.name}, ${how}`,
      { needs: ["haproxy", ...kind.needs] },
      async (bench) => {
        const port = bench.port();
        const manager = await start(bench, kind, port);
        await using stack = new AsyncDisposableStack();
        const front = isBehind ? bench.port() : port;
        if (isBehind) stack.use(await Haproxy.start(bench, front, port));
        const clients = new Clients(`http://127.0.0.1:${front}/`, kind.methods);
        await restart(bench, kind, port, manager, clients);
        const report = await clients.end();
        console.log(`FIGURES ${kind.name}, ${how}: ${report.told}`);
        const lost = report.lost.GET;
        if (!isBehind) ok(lost.length > 0, report.told);
        else if (kind.finishes) deepEqual(lost, []);
        // Nobody was turned away: these had been begun.
        else deepEqual(lost.filter((each) => !CUT_OFF.test(each)), []);
        equal(await manager.stop(), 0);
      },
    );
  }
}

for (
  const { signal, answer } of [
    { signal: "QUIT", answer: SLOW_BYTES },
    // nginx ends at once, whatever it sends.
    { signal: "TERM", answer: "broken" },
  ] as const
) {
  realTest(
    `haproxy: an answer that has begun, when nginx is stopped by ${signal}`,
    { needs: ["haproxy", "nginx"] },
    async (bench) => {
      const port = bench.port();
      const front = bench.port();
      const manager = await start(bench, {
        ...NGINX,
        options: () => [`--stop-signal=${signal}`, ...nginxCommand(bench)],
      }, port);
      await using _haproxy = await Haproxy.start(bench, front, port);
      const response = await fetch(`http://127.0.0.1:${front}/slow`);
      NGINX.publish(bench, port, 1);
      await manager.log.wait("Sent SIG");
      const body = await response.text().catch(() => undefined);
      equal(body?.length ?? "broken", answer);
      await manager.log.wait("is ready after", { nth: 2 });
      equal(await manager.stop(), 0);
    },
  );
}

realTest(
  "haproxy: what may have been carried out is sent once, a GET again",
  { needs: ["haproxy"] },
  async (bench) => {
    const sent: string[] = [];
    using program = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const ended = takeFirstOfEachMethod(program, sent);
    const front = bench.port();
    await using _haproxy = await Haproxy.start(bench, front, program.addr.port);
    const answers: [string, number][] = [];
    for (const method of ["GET", "HEAD", ...WRITES]) {
      const url = `http://127.0.0.1:${front}/`;
      // On a connection of its own: on a kept one the client itself asks again.
      const headers = { connection: "close" };
      const response = await fetch(url, { method, headers });
      await response.body?.cancel();
      answers.push([method, response.status]);
    }
    program.close();
    await ended;
    deepEqual(answers, [
      ...["GET", "HEAD"].map((method) => [method, 200]),
      ...WRITES.map((method) => [method, 502]),
    ]);
    deepEqual(sent, ["GET", "GET", "HEAD", "HEAD", ...WRITES]);
  },
);

/** Closes the connection of the first request of each method without an answer. */
async function takeFirstOfEachMethod(
  listener: Deno.TcpListener,
  sent: string[],
): Promise<void> {
  try {
    for await (const connection of listener) {
      using open = connection;
      const head = new Uint8Array(4_096);
      const length = await open.read(head) ?? 0;
      const [method] = new TextDecoder().decode(head.subarray(0, length))
        .split(" ");
      const isFirst = !sent.includes(method);
      sent.push(method);
      if (isFirst) continue;
      const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
      await open.write(new TextEncoder().encode(answer));
    }
  } catch (error) {
    // Closed by the test.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
