/**
 * Safe reloads of a real redis-server, which has no way to check its
 * configuration: a bad one ends it at its start, and the manager goes back.
 */
import { equal, match, notEqual, ok } from "node:assert/strict";
import type { Manager } from "../e2e/harness.ts";
import type { Bench } from "./bench.ts";
import { pathOf, realTest } from "./programs.ts";

const REDIS = { needs: ["redis-server"] } as const;

/** Memory limits of one, two and three megabytes tell the contents apart. */
const megabytes = (count: number) => String(count * 1_048_576);

const config = (bench: Bench, port: number, more: string) => `
bind 127.0.0.1
port ${port}
dir ${bench.directory}
save ""
${more}
`;

/** Many times `--debounce`. */
const NOTHING_MS = 500;

/** Sends one inline command, and returns the lines of its answer. */
async function ask(port: number, command: string): Promise<string[]> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`${command}\r\nQUIT\r\n`));
  const answer = await new Response(connection.readable).text();
  return answer.split("\r\n").slice(0, -2);
}

/** The memory limit that redis runs with, and that it answers at all. */
async function memoryLimit(port: number): Promise<string | undefined> {
  equal((await ask(port, "PING"))[0], "+PONG");
  // *2, $9, maxmemory, $7, 1048576.
  return (await ask(port, "CONFIG GET maxmemory"))[4];
}

interface Store {
  readonly manager: Manager;
  readonly port: number;
  /** Replaces the configuration. */
  publish(more: string): void;
}

async function start(
  bench: Bench,
  options: readonly string[],
): Promise<Store> {
  const port = bench.port();
  const publish = (more: string) =>
    bench.write("redis.conf", config(bench, port, more));
  const manager = await bench.start([
    `--config=${publish(`maxmemory ${megabytes(1)}`)}`,
    "--debounce=50ms",
    `--ready=tcp:127.0.0.1:${port}`,
    "--ready-interval=20ms",
    ...options,
    `--command=${pathOf("redis-server")}`,
    "--",
    "{config}",
  ]);
  await manager.log.wait("is ready after");
  return { manager, port, publish };
}

const ROLLING_BACK =
  /Rolling back: the child failed on the new configuration \(sha256 ([0-9a-f]{12})\), starting it on the last good one \(sha256 ([0-9a-f]{12})\)/;
const ROLLED_BACK = "Child process restarted on the last good configuration";

realTest(
  "redis: a bad directive rolls back to the last good configuration",
  REDIS,
  async (bench) => {
    const { manager, port, publish } = await start(bench, [
      `--snapshot-dir=${bench.path("snapshots")}`,
    ]);
    equal(await memoryLimit(port), megabytes(1));

    publish(`maxmemory ${megabytes(2)}\nno-such-directive on`);
    await manager.log.wait(/Bad directive or wrong number of arguments/);
    const { text } = await manager.log.wait(ROLLING_BACK);
    const [, rejected, good] = ROLLING_BACK.exec(text) ?? [];
    notEqual(rejected, good);
    await manager.log.wait(ROLLED_BACK);
    await manager.log.wait("is ready after", { nth: 2 });
    equal(await memoryLimit(port), megabytes(1));
    // The first, the bad one, the one that it went back to.
    await manager.started(3);

    // The rejected content again is no change: it is not tried again.
    const from = manager.log.entries.length;
    publish(`maxmemory ${megabytes(2)}\nno-such-directive on`);
    await manager.log.wait("Fsnotify event: ", { from });
    await manager.nothingHappens(NOTHING_MS);

    publish(`maxmemory ${megabytes(3)}`);
    await manager.log.wait("is ready after", { nth: 3 });
    equal(await memoryLimit(port), megabytes(3));
    await manager.started(4);
    equal(manager.log.matches(ROLLING_BACK).length, 1);
    equal(await manager.stop(), 0);
  },
);

realTest(
  "redis: a configuration without its port is not ready in time and rolls back",
  REDIS,
  async (bench) => {
    const { manager, port, publish } = await start(bench, [
      `--snapshot-dir=${bench.path("snapshots")}`,
      "--ready-timeout=1s",
    ]);
    // redis takes the last one: it runs, where nobody looks for it.
    publish(`maxmemory ${megabytes(2)}\nport ${bench.port()}`);
    await manager.log.wait(/Child process \(PID: \d+\) is not ready after 1s/);
    await manager.log.wait(ROLLED_BACK);
    await manager.log.wait("is ready after", { nth: 2 });
    equal(await memoryLimit(port), megabytes(1));
    equal(await manager.stop(), 0);
  },
);

realTest(
  "redis: without snapshots a bad directive ends redis and the manager",
  REDIS,
  async (bench) => {
    const { manager, publish } = await start(bench, []);
    publish("no-such-directive on");
    equal(await manager.exitCode(), 1);
    match(manager.transcript(), /Bad directive or wrong number of arguments/);
    ok(manager.log.count("Child process exited with error: exit status 1") > 0);
  },
);
