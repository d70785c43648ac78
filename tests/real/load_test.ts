/**
 * What reloads of a real nginx cost its clients, counted under constant load.
 *
 * The load is closed: each of 16 clients sends its next request as soon as the
 * last one is answered, so there are requests in flight, connections in the
 * backlog and connections being made at every moment of every reload. New
 * content comes as soon as the last reload is over and nginx has served for
 * SERVING_MS; `--debounce-max=0ms`, because the manager's quiet window grows up to
 * that when each change comes at the same distance from a restart. Three ways are held side by side:
 *
 * - handed over: stop-start, nginx listens on the manager's own socket, which is
 *   open all the time. `--stop-signal=QUIT`: nginx finishes what it has accepted,
 *   what it has not accepted waits for the next one. By TERM it drops what is
 *   in flight, which the last row shows.
 * - overlap: two nginx with SO_REUSEPORT. Connections that the old one has not
 *   accepted when it closes its socket are reset, unless the kernel gives them
 *   to the other socket: net.ipv4.tcp_migrate_req=1 (Linux 5.14). One can still
 *   fall: the kernel drops a handshake that is completed on one processor while
 *   another closes the listener (inet_csk_reqsk_queue_add finds it closed). So
 *   this is played on one processor, where nothing may fall at all.
 * - overlap, handed over: two nginx on the manager's own socket.
 * - plain: nginx listens by itself, stop-start. Whoever comes in between is
 *   refused, as often as it tries.
 *
 * Failures are counted on new connections ("wrk": `Connection: close`). On kept
 * ones wrk counts a failure for each connection that nginx closes at its
 * graceful end, because it has sent its next request by then and never repeats
 * one: 16 a reload, with the manager or by nginx's own reload (HUP). So kept
 * connections are measured with a client that repeats such a request as
 * RFC 9112, 9.3.1 allows ("client, kept"), and wrk's number is in the table.
 *
 * REAL_JSON=FILE takes the table as JSON.
 */
import { equal, ok } from "node:assert/strict";
import type { Manager } from "../e2e/harness.ts";
import type { World } from "../e2e/namespaces.ts";
import { pause } from "../e2e/until.ts";
import type { Bench } from "./bench.ts";
import { type Client, Load, type LoadReport } from "./load.ts";
import { type Row, table } from "./load_table.ts";
import { nginxCommand, nginxConfig, SERVES } from "./nginx.ts";
import { MIGRATING_NETWORK, NETWORK, realTest } from "./programs.ts";

const PORT = 8080;
const CONNECTIONS = 16;
const SERVING_MS = 40;
const MANY = 100;
const SOME = 30;
const QUIT = "--stop-signal=QUIT";

/** One row of the table. */
interface Case {
  readonly name: string;
  readonly client: Client;
  readonly reloads: number;
  readonly options: (bench: Bench) => readonly string[];
  /** Follows nginx's `listen 127.0.0.1:PORT`. */
  readonly listen?: string;
  /** NETWORK unless another one is given. */
  readonly world?: World;
  /** The line that tells that the last one is gone; absent where it is before the next one serves. */
  readonly gone?: string;
  readonly judge: (report: LoadReport) => void;
}

const handedOver = {
  name: "handed over",
  options: () => [
    QUIT,
    `--listen=tcp:127.0.0.1:${PORT}`,
    "--env=NGINX={listen0};",
  ],
} as const;

const overlap = {
  name: "overlap",
  options: (bench: Bench) => [
    QUIT,
    "--strategy=overlap",
    // nginx writes it when its sockets are open; from then on they queue.
    `--ready=file:${bench.path("{run}.pid")}`,
    "--ready-interval=10ms",
  ],
  listen: "reuseport",
  world: MIGRATING_NETWORK,
  gone: "stopped gracefully",
} as const;

/** Both accept on the manager's own socket: nothing of it is ever closed. */
const shared = {
  name: "overlap, handed over",
  options: (bench: Bench) => [
    ...handedOver.options(),
    ...overlap.options(bench).slice(1),
  ],
  gone: overlap.gone,
} as const;

const plain = { name: "plain", options: () => [QUIT] } as const;

const none = ({ failed, faults }: LoadReport) =>
  equal(failed, 0, JSON.stringify(faults));
const lost = ({ failed }: LoadReport) =>
  ok(failed > 0, "Nothing was lost: the load cannot tell");
/** As the file's comment says: no other failure than closed connections. */
const closedOnly = ({ failed, faults }: LoadReport) =>
  equal(failed, faults.read, JSON.stringify(faults));

const CASES: readonly Case[] = [
  { ...handedOver, client: "wrk", reloads: MANY, judge: none },
  { ...overlap, client: "wrk", reloads: MANY, judge: none },
  { ...shared, client: "wrk", reloads: MANY, judge: none },
  { ...plain, client: "wrk", reloads: MANY, judge: lost },
  { ...handedOver, client: "client, kept", reloads: MANY, judge: none },
  { ...overlap, client: "client, kept", reloads: MANY, judge: none },
  { ...shared, client: "client, kept", reloads: MANY, judge: none },
  { ...plain, client: "client, kept", reloads: SOME, judge: lost },
  { ...handedOver, client: "wrk, kept", reloads: SOME, judge: closedOnly },
  {
    name: "nginx's own reload",
    options: () => ["--on-change=signal:HUP"],
    client: "wrk, kept",
    reloads: SOME,
    // An old worker still writes when the next one serves.
    gone: "exited with code 0",
    judge: closedOnly,
  },
  {
    ...overlap,
    name: "overlap, tcp_migrate_req=0",
    world: NETWORK,
    client: "wrk",
    reloads: SOME,
    judge: lost,
  },
  {
    name: "handed over, stopped by TERM",
    options: () => [...handedOver.options().slice(1), "--stop-signal=TERM"],
    client: "wrk",
    reloads: SOME,
    judge: lost,
  },
];

const rows: Row[] = [];

for (const one of CASES) {
  realTest(
    `load: ${one.reloads} reloads of nginx, ${one.name} (${one.client})`,
    { needs: ["nginx", "wrk", "ip", "nsenter"], world: one.world ?? NETWORK },
    async (bench) => {
      const row = await measure(bench, one);
      rows.push(row);
      one.judge(row);
    },
  );
}

Deno.test.afterAll(async () => {
  if (rows.length === 0) return;
  console.log(table(rows));
  const path = Deno.env.get("REAL_JSON");
  if (path === undefined) return;
  await Deno.writeTextFile(path, `${JSON.stringify(rows, null, 2)}\n`);
});

async function measure(bench: Bench, one: Case): Promise<Row> {
  const { name, client, reloads, listen = "" } = one;
  const publish = (generation: number) =>
    bench.write(
      "nginx.conf",
      nginxConfig({
        listen: `127.0.0.1:${PORT} ${listen}`,
        answer: `generation-${generation}`,
      }),
    );
  const manager = await bench.start([
    `--config=${publish(0)}`,
    "--debounce=0ms",
    "--debounce-max=0ms",
    ...one.options(bench),
    ...nginxCommand(bench, "{run}.pid"),
  ]);
  await manager.log.wait(SERVES);
  await using load = new Load({
    client,
    pid: manager.pid,
    port: PORT,
    connections: CONNECTIONS,
  });
  await load.running();
  const startedAtMs = performance.now();
  for (let n = 1; n <= reloads; n++) {
    publish(n);
    await reloaded(manager, one, n);
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const report = await load.stop();
  verify(manager, one);
  const reloadsPerSecond = Math.round(reloads / seconds * 10) / 10;
  return { name, client, reloads, reloadsPerSecond, ...report };
}

async function reloaded(
  { log }: Manager,
  { gone }: Case,
  n: number,
): Promise<void> {
  await log.wait(SERVES, { nth: n + 1 });
  if (gone !== undefined) await log.wait(gone, { nth: n });
  // The pace of the scenario: each one has some time to serve.
  await pause(SERVING_MS);
}

/** Each reload was one, and none of them took force. */
function verify({ log, starts }: Manager, { reloads, name }: Case): void {
  equal(log.count(SERVES), reloads + 1);
  equal(starts, name === "nginx's own reload" ? 1 : reloads + 1);
  equal(log.count("Timeout waiting"), 0);
}
