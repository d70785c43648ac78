/**
 * A real nginx that is replaced by the next one while it still serves: both
 * listen by themselves, with SO_REUSEPORT, and each has its own pid file. What
 * that costs under load, and which setting of the kernel it takes, is in
 * load_test.ts.
 */
import { deepEqual, equal } from "node:assert/strict";
import type { Bench } from "./bench.ts";
import { nginxCheck, SLOW, SLOW_BYTES } from "./nginx.ts";
import { realTest } from "./programs.ts";
import { Site } from "./site.ts";

const NGINX = { needs: ["nginx"] } as const;
const QUIT = "--stop-signal=QUIT";
const RESTARTED = "Child process restarted successfully after config change";

const overlapping = (bench: Bench, more?: string) =>
  new Site(bench, { listen: (port) => `127.0.0.1:${port} reuseport`, more });

/** nginx writes its pid file when its sockets are open. */
const overlapOptions = (bench: Bench): string[] => [
  QUIT,
  "--strategy=overlap",
  `--ready=file:${bench.path("{run}.pid")}`,
  "--ready-interval=20ms",
];

const pidFiles = (bench: Bench) =>
  [...Deno.readDirSync(bench.directory)].map(({ name }) => name)
    .filter((name) => name.endsWith(".pid"));

realTest(
  "nginx: overlap lets the old one end its request beside the new one",
  NGINX,
  async (bench) => {
    const site = overlapping(bench, SLOW);
    const manager = await site.start(overlapOptions(bench), "{run}.pid");
    await site.answers("first");
    const response = await fetch(`http://127.0.0.1:${site.port}/slow`);
    site.publish("second");
    await manager.log.wait(RESTARTED);
    // The old one is still there with its answer.
    await site.answers("second");
    equal(manager.log.count("stopped gracefully"), 0);
    equal((await response.text()).length, SLOW_BYTES);
    await manager.log.wait("stopped gracefully");
    await manager.started(2);
    // Each had a pid file of its own and has removed it.
    deepEqual(pidFiles(bench), ["2.pid"]);
    equal(await manager.stop(), 0);
    deepEqual(pidFiles(bench), []);
  },
);

realTest(
  "nginx: overlap leaves the old one alone when the new one fails",
  NGINX,
  async (bench) => {
    const site = overlapping(bench);
    const manager = await site.start(overlapOptions(bench), "{run}.pid");
    await site.answers("first");
    site.publish("second", "no_such_directive on;");
    await manager.log.wait(/Cannot replace child process \(PID: \d+\): /);
    await manager.log.wait('unknown directive "no_such_directive"');
    equal(await site.ask(), "first");
    equal(manager.log.count(RESTARTED), 0);

    site.publish("third");
    await site.answers("third");
    await manager.log.wait("stopped gracefully");
    equal(await site.ask(), "third");
    equal(manager.log.count(RESTARTED), 1);
    equal(await manager.stop(), 0);
  },
);

realTest(
  "nginx: overlap with an exec probe of the new one",
  NGINX,
  async (bench) => {
    const site = overlapping(bench);
    const manager = await site.start([
      QUIT,
      "--strategy=overlap",
      nginxCheck(bench),
      `--ready=exec:test -s ${bench.path("{run}.pid")}`,
      "--ready-interval=20ms",
    ], "{run}.pid");
    await site.answers("first");
    site.publish("second");
    await site.answers("second");
    await manager.log.wait("stopped gracefully");
    equal(await site.ask(), "second");
    equal(manager.log.count("New configuration accepted"), 2);
    await manager.started(2);
    equal(await manager.stop(), 0);
  },
);
