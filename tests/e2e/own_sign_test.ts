/** Readiness is the new child's own: no other process can give its sign. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, needing, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { asOrdinaryUser, withoutPtrace } from "./namespaces.ts";
import { isAlive } from "./processes.ts";
import { change, linesOf, QUICK, refuses, script, start } from "./reloads.ts";

const READY = "is ready after";
const KEPT = /ERROR: .*Cannot replace child process \(PID: \d+\)/;
const NOT_ITS_SOCKET = "no process of the child listens there";
const WAS_THERE = "it was there before the child was started";

/** The directory's program listens on the port unless its content is "mute". */
const server = (bench: Bench, port: number, ...flags: readonly string[]) =>
  script(
    bench,
    "server",
    `case $(cat "$1") in
       mute) exec ${bench.child} --sleep 600000 ;;
       *) exec ${bench.child} --http 200 --listen ${port} ${flags.join(" ")} ;;
     esac`,
  );

interface Overlap {
  readonly manager: Manager;
  readonly file: string;
  /** The first child. */
  readonly pid: number;
}

/** A server on a fixed port, ready, of which the next child runs beside it. */
async function overlap(
  bench: Bench,
  port: number,
  sign: string,
  ...options: readonly string[]
): Promise<Overlap> {
  const file = bench.write("app.conf", "first");
  const manager = bench.run([
    `--config=${file}`,
    "--strategy=overlap",
    `--ready=${sign}`,
    "--ready-interval=20ms",
    QUICK,
    ...options,
    "--",
    server(bench, port),
    file,
  ]);
  await manager.log.wait("Started polling");
  await manager.log.wait(READY);
  return { manager, file, pid: manager.childPid };
}

/** What connects to the port and succeeds when somebody accepts. */
const connects = (bench: Bench, port: number, name = "connects") =>
  bench.write(name, `exec 3<>/dev/tcp/127.0.0.1/${port}\n`);

const signs: Record<string, (bench: Bench, port: number) => string> = {
  tcp: (_, port) => `tcp:127.0.0.1:${port}`,
  "tcp of a name": (_, port) => `tcp:localhost:${port}`,
  http: (_, port) => `http:http://127.0.0.1:${port}/`,
  exec: (bench, port) => `exec:bash ${connects(bench, port)}`,
};

for (const [name, sign] of Object.entries(signs)) {
  Deno.test(
    row(
      `own sign: ${name}: in an overlap, the old child's answer is not the new one's`,
      async (bench) => {
        using held = holdPort();
        const { manager, file, pid } = await overlap(
          bench,
          held.port,
          sign(bench, held.port),
          "--ready-timeout=1s",
        );
        change(file, "mute");
        await manager.log.wait(KEPT);
        ok(isAlive(pid));
        equal(manager.log.count(READY), 1);
        const why = name === "exec" ? WAS_THERE : NOT_ITS_SOCKET;
        ok(manager.log.count(why) >= 1);
        equal(await manager.stop(), 0);
      },
    ),
  );
}

for (const name of ["tcp", "http"]) {
  Deno.test(
    row(
      `own sign: ${name}: with SO_REUSEPORT the new child's own socket is the sign`,
      async (bench) => {
        using held = holdPort();
        const { manager, file, pid } = await overlap(
          bench,
          held.port,
          signs[name](bench, held.port),
        );
        change(file, "second");
        await manager.log.wait(
          `Child process (PID: ${pid}) stopped gracefully`,
        );
        equal(manager.log.count(READY), 2);
      },
    ),
  );
}

Deno.test(
  row(
    "own sign: exec: a probe that asks for this child alone is one in an overlap",
    async (bench) => {
      using held = holdPort();
      const asks = script(bench, "asks", `test -e ${bench.path("up")}.$1`);
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        "--strategy=overlap",
        `--ready=exec:${asks} {run}`,
        "--ready-interval=20ms",
        QUICK,
        "--",
        script(
          bench,
          "program",
          `touch ${
            bench.path("up")
          }.$1; exec ${bench.child} --listen ${held.port}`,
        ),
        "{run}",
      ]);
      await manager.log.wait("Started polling");
      await manager.log.wait(READY);
      const pid = manager.childPid;
      change(file, "second");
      await manager.log.wait(`Child process (PID: ${pid}) stopped gracefully`);
      equal(manager.log.count(READY), 2);
      equal(manager.log.count(WAS_THERE), 0);
    },
  ),
);

Deno.test(
  row(
    "own sign: tcp: another program on the address is not the child",
    async (bench) => {
      using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const manager = bench.supervise({
        options: [
          `--ready=tcp:127.0.0.1:${other.addr.port}`,
          "--ready-interval=20ms",
          "--ready-timeout=500ms",
        ],
      });
      await manager.log.wait("is not ready after 500ms");
      await manager.log.wait(NOT_ITS_SOCKET);
      equal(manager.log.count(READY), 0);
    },
  ),
);

Deno.test(
  row(
    "own sign: exec: what succeeds before the start is refused, and told once",
    async (bench) => {
      const manager = bench.supervise({
        options: [
          "--ready=exec:true",
          "--ready-interval=20ms",
          "--ready-timeout=500ms",
        ],
      });
      await manager.log.wait("is not ready after 500ms");
      const [line] = manager.log.matches(WAS_THERE);
      match(line.text, / WARN: .*Cannot take exec:true for a sign/);
      equal(manager.log.count(WAS_THERE), 1);
      equal(manager.log.count(READY), 0);
    },
  ),
);

Deno.test(
  row(
    "own sign: exec: a leftover that the child takes away and gives again counts",
    async (bench) => {
      const sign = bench.write("sign", "");
      const manager = bench.supervise({
        options: [`--ready=exec:test -e ${sign}`, "--ready-interval=20ms"],
      });
      await manager.log.wait(WAS_THERE);
      Deno.removeSync(sign);
      await manager.log.wait("not ready yet: exit status 1");
      bench.write("sign", "");
      await manager.log.wait(READY);
    },
  ),
);

Deno.test(
  row(
    "own sign: a stop while it is asked before the start starts nothing",
    async (bench) => {
      const asked = bench.path("asked");
      const slow = script(bench, "slow", `touch ${asked}; sleep 600`);
      const manager = bench.supervise({ options: [`--ready=exec:${slow}`] });
      await manager.log.wait("Starting child process");
      equal(await manager.stop(), 0);
      manager.expectStarts(0);
      equal(manager.log.count(/ (WARN|ERROR): /), 0);
    },
  ),
);

Deno.test(
  row(
    "own sign: tcp: a child of another user, whose descriptors are hidden",
    needing(withoutPtrace(), async (bench) => {
      using held = holdPort();
      const file = bench.write("app.conf", "first");
      const sign = `--ready=tcp:127.0.0.1:${held.port}`;
      const manager = bench.run([
        `--config=${file}`,
        "--strategy=overlap",
        sign,
        "--ready-interval=20ms",
        "--ready-timeout=1s",
        QUICK,
        "--",
        script(
          bench,
          "program",
          `case $(cat "$1") in
             mute) exec ${bench.child} --user 65534 --sleep 600000 ;;
             *) exec ${bench.child} --user 65534 --listen ${held.port} ;;
           esac`,
        ),
        file,
      ], { through: withoutPtrace().through });
      await manager.log.wait("Started polling");
      await manager.log.wait(READY);
      const pid = manager.childPid;
      change(file, "mute");
      await manager.log.wait(KEPT);
      ok(isAlive(pid));
      change(file, "third");
      await manager.log.wait(`Child process (PID: ${pid}) stopped gracefully`);
      equal(manager.log.count(READY), 2);
    }),
  ),
);

Deno.test(
  row(
    "own sign: tcp: a child that has left the session listens for it",
    async (bench) => {
      using held = holdPort();
      const manager = bench.run([
        "--config=",
        "--subreaper",
        `--ready=tcp:127.0.0.1:${held.port}`,
        "--ready-interval=20ms",
        "--",
        "sh",
        "-c",
        `setsid ${bench.child} --listen ${held.port} & exec sleep 600`,
      ]);
      await manager.log.wait(READY);
    },
  ),
);

/** Sends READY=1 at once, and again on HUP, unless its content is "mute". */
const notifier = (bench: Bench) =>
  script(
    bench,
    "notifier",
    `say() { ${bench.child} --notify READY=1 --exit-after 0:0; }
     trap say HUP
     [ "$(cat "$1")" = mute ] || say
     echo "started $$"
     while :; do sleep 0.02; done`,
  );

Deno.test(
  row(
    "own sign: notify: the old child's READY=1 on a signal is its own",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        "--strategy=overlap",
        "--ready=notify",
        "--ready-timeout=2s",
        QUICK,
        "--",
        notifier(bench),
        file,
      ]);
      await manager.log.wait("Started polling");
      await manager.log.wait(READY);
      const pid = manager.childPid;
      change(file, "mute");
      await start(manager, 2);
      await manager.out.wait("started", { nth: 2 });
      manager.signal("SIGHUP");
      await manager.out.wait(/^notified$/, { nth: 2 });
      await manager.log.wait(KEPT);
      ok(isAlive(pid));
      equal(manager.log.count(READY), 1);
    },
  ),
);

Deno.test(
  row(
    "own sign: notify: each child is told of a socket of its own, and no check of any",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        "--ready=notify",
        `--check-command=${
          script(
            bench,
            "check",
            `echo "socket: $NOTIFY_SOCKET" >> ${bench.path("checked")}`,
          )
        }`,
        QUICK,
        "--",
        bench.child,
        "--env",
        "NOTIFY_SOCKET",
        "--notify",
        "READY=1",
      ]);
      await manager.log.wait("Started polling");
      await manager.log.wait(READY);
      change(file, "second");
      await manager.log.wait(READY, { nth: 2 });
      deepEqual(linesOf(bench.path("checked")), ["socket: ", "socket: "]);
      const sockets = manager.out.matches("env: NOTIFY_SOCKET=");
      equal(new Set(sockets.map(({ text }) => text)).size, 2);
    },
  ),
);

Deno.test(
  row(
    "own sign: notify: a program that has given up root is heard",
    needing(withoutPtrace(), async (bench) => {
      const manager = bench.run([
        "--config=",
        "--ready=notify",
        "--",
        bench.child,
        "--user",
        "65534",
        "--notify",
        "READY=1",
      ], { through: withoutPtrace().through });
      await manager.out.wait("notified");
      await manager.log.wait(READY);
    }),
  ),
);

Deno.test(
  row(
    "own sign: notify: a stranger that knows the socket is not heard",
    async (bench) => {
      const manager = bench.supervise({
        options: ["--ready=notify"],
        child: ["--env", "NOTIFY_SOCKET"],
      });
      const { text } = await manager.out.wait("env: NOTIFY_SOCKET=");
      const [, path] = text.split("=");
      // It lives until it is heard: of one that has ended only the user is known.
      const stranger = new Deno.Command(bench.child, {
        args: ["--notify", "READY=1"],
        env: { NOTIFY_SOCKET: path },
        stdout: "null",
      }).spawn();
      await manager.log.wait(
        `READY=1 from process ${stranger.pid}, a stranger`,
      );
      stranger.kill("SIGKILL");
      await stranger.status;
      equal(manager.log.count(READY), 0);
    },
  ),
);

const SAME: readonly (readonly [listen: string, sign: string])[] = [
  ["tcp:127.0.0.1:PORT", "tcp:127.0.0.1:PORT"],
  ["tcp:127.0.0.1:PORT", "tcp:localhost:PORT"],
  ["tcp:0.0.0.0:PORT", "tcp:127.0.0.1:PORT"],
  ["tcp::PORT", "tcp:[::1]:PORT"],
  ["tcp::PORT", "tcp:127.0.0.1:PORT"],
  ["tcp:[::1]:PORT", "tcp:[0:0:0:0:0:0:0:1]:PORT"],
  ["tcp:127.0.0.1:PORT", "tcp:[::ffff:127.0.0.1]:PORT"],
  ["tcp:localhost:PORT", "tcp:0.0.0.0:PORT"],
];

Deno.test(
  row(
    "own sign: --ready tcp: at a --listen address is refused in one line",
    async (bench) => {
      for (const [listen, sign] of SAME) {
        const [address, probe] = [listen, sign]
          .map((text) => text.replace("PORT", "18099"));
        const errors = await refuses(
          bench.supervise({
            options: [`--listen=${address}`, `--ready=${probe}`],
          }),
          2,
          "Cannot use option --ready",
          "flush-manager itself accepts connections there",
        );
        equal(errors.length, 1);
      }
    },
  ),
);

Deno.test(
  row(
    "own sign: http: of a --listen address the child's answer counts",
    async (bench) => {
      using held = holdPort();
      const { port } = held;
      const manager = bench.supervise({
        options: [
          `--listen=tcp:127.0.0.1:${port}`,
          `--ready=http:http://127.0.0.1:${port}/`,
          "--ready-interval=20ms",
        ],
        child: ["--http", "200", "--serve", "{listen0}"],
      });
      await manager.log.wait(READY);
    },
  ),
);

Deno.test(
  row(
    "own sign: a user without rights, who sees the child's sockets",
    needing(asOrdinaryUser(), async (bench) => {
      using held = holdPort();
      const manager = bench.run([
        "--config=",
        `--ready=tcp:127.0.0.1:${held.port}`,
        "--ready-interval=20ms",
        "--",
        bench.child,
        "--listen",
        `${held.port}`,
      ], { through: asOrdinaryUser().through });
      await manager.log.wait(READY);
    }),
  ),
);
