/** Below a service manager: systemd's variables for sockets, readiness and the watchdog are ours, not the child's (reference, service manager). */
import { equal } from "node:assert/strict";
import { row } from "./bench.ts";
import { AS_SERVICE, receiver } from "./service_manager.ts";

const showing = (...names: readonly string[]): string[] =>
  names.flatMap((name) => ["--env", name]);

Deno.test(row(
  "service: LISTEN_FDS that were ours do not reach the child, whose descriptors are said",
  async (bench) => {
    const manager = await bench.supervise({
      through: AS_SERVICE(
        "exec 3</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web;",
      ),
      child: [
        ...showing("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"),
        "--fds",
      ],
    }).ready({ watches: false });
    equal(await manager.stop(), 0);
    equal(manager.out.count(/^env: LISTEN_\w+ is unset/), 3);
    equal(manager.out.count(/^fds: .*\b3\b/), 1);
    equal(
      manager.log.count("the sockets of LISTEN_FDS=1, from descriptor 3 on"),
      1,
    );
  },
));

Deno.test(row(
  "service: LISTEN_FDS for another process reach the child as they are",
  async (bench) => {
    const manager = await bench.supervise({
      env: { LISTEN_PID: "1", LISTEN_FDS: "1" },
      child: showing("LISTEN_PID", "LISTEN_FDS"),
    }).ready({ watches: false });
    equal(await manager.stop(), 0);
    equal(manager.out.count("env: LISTEN_PID=1"), 1);
    equal(manager.out.count("env: LISTEN_FDS=1"), 1);
  },
));

Deno.test(row(
  "service: NOTIFY_SOCKET is ours: told that the child is there, for which it is unset",
  async (bench) => {
    const service = await receiver(bench);
    const file = bench.write("app.conf", "first");
    const manager = await bench.supervise({
      config: [file],
      env: { NOTIFY_SOCKET: bench.path("notify") },
      child: showing("NOTIFY_SOCKET"),
    }).ready();
    await service.out.wait("received: READY=1");
    Deno.writeTextFileSync(file, "second");
    await manager.out.wait("config: second");
    equal(await manager.stop(), 0);
    equal(manager.out.count("env: NOTIFY_SOCKET is unset"), 2);
    equal(manager.log.count("(READY=1)"), 1);
  },
));

Deno.test(row(
  "service: with --ready the service manager is told when the child is ready",
  async (bench) => {
    const service = await receiver(bench);
    const go = bench.path("go");
    const manager = bench.supervise({
      env: { NOTIFY_SOCKET: bench.path("notify") },
      options: [`--ready=file:${go}`, "--ready-interval=10ms"],
    });
    await manager.ready({ watches: false });
    equal(service.out.count("READY=1"), 0);
    bench.write("go", "");
    await service.out.wait("received: READY=1");
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "service: --ready notify gives the child a socket of our own, and passes readiness on",
  async (bench) => {
    const service = await receiver(bench);
    const manager = bench.supervise({
      env: { NOTIFY_SOCKET: bench.path("notify") },
      options: ["--ready=notify"],
      child: [...showing("NOTIFY_SOCKET"), "--notify", "READY=1\nMAINPID=1"],
    });
    await manager.ready({ watches: false });
    await service.out.wait("received: READY=1");
    equal(await manager.stop(), 0);
    equal(service.out.count("MAINPID"), 0);
    equal(manager.out.count(`env: NOTIFY_SOCKET=${bench.path("notify")}`), 0);
  },
));

Deno.test(row(
  "service: the watchdog that is ours is fed, and the child does not see it",
  async (bench) => {
    const service = await receiver(bench);
    const manager = await bench.supervise({
      env: { NOTIFY_SOCKET: bench.path("notify") },
      through: AS_SERVICE("export WATCHDOG_PID=$$ WATCHDOG_USEC=200000;"),
      child: showing("WATCHDOG_PID", "WATCHDOG_USEC"),
    }).ready({ watches: false });
    await service.out.wait("received: WATCHDOG=1", { nth: 3 });
    equal(await manager.stop(), 0);
    equal(manager.out.count(/^env: WATCHDOG_\w+ is unset/), 2);
    equal(manager.log.count("watchdog every 100ms"), 1);
  },
));

Deno.test(row(
  "service: a NOTIFY_SOCKET that nobody reads is said once, and all else works",
  async (bench) => {
    const manager = await bench.supervise({
      env: {
        NOTIFY_SOCKET: bench.path("nobody"),
        WATCHDOG_USEC: "20000",
      },
    }).ready({ watches: false });
    await manager.waitForLog("Cannot tell the service manager anything");
    equal(await manager.stop(), 0);
    equal(manager.log.count("Cannot tell the service manager anything"), 1);
  },
));
