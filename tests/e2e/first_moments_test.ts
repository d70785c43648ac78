/**
 * Signals in the first moments (design 2.5): none is lost from the ELF entry
 * point on, where the executable blocks the six that people and orchestrators
 * send (scripts/elf_entry.ts), and nothing that is started inherits that. Before
 * it the dynamic loader runs, for some milliseconds.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import { HANG_MS, JUDGES_LATENCY, scaled } from "../fixtures/limits.ts";
import {
  type Bench,
  needing,
  row,
  Stalled,
  type Supervision,
} from "./bench.ts";
import type { Manager } from "./harness.ts";
import { INIT, INIT_WITHOUT_LIBC, libcAside } from "./init.ts";
import type { World } from "./namespaces.ts";
import { blocks, catches, childrenOf, isAlive, nameOf } from "./processes.ts";
import { linesOf, script } from "./reloads.ts";
import { until } from "./until.ts";

const ORDINARY: World = { through: [] };
const TIMES = 12;
const MOMENTS_MS = [1, 2, 4, 8, 16, 32, 64];
/** By then the dynamic loader is done where nothing else runs; it takes 2.5 ms there. */
const LOADED_MS = 16;

const FIRST_SIX: readonly Signal[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGTERM",
];

/** Becomes what it is given when it has read a line. */
const GATE = ["sh", "-c", 'read -r _; exec "$@"', "sh"];

/** Starts a manager that is at the gate yet. */
async function atGate(
  start: (through: readonly string[]) => Manager,
  { through }: World,
): Promise<Manager> {
  const manager = start([...through, ...GATE]);
  const isGate = (pid: number) => nameOf(pid) === GATE[0] && pid;
  manager.pid = await until(
    "the gate",
    () =>
      through.length === 0
        ? isGate(manager.pid)
        : childrenOf(manager.pid).map(({ pid }) => isGate(pid))[0],
  );
  return manager;
}

/** Lets it through, and returns when execve(2) is done. */
async function passGate(manager: Manager): Promise<void> {
  await manager.type("\n");
  // Nothing else can be done meanwhile: it would take too long.
  spinUntil(() => nameOf(manager.pid) !== GATE[0]);
}

/** Lets it through, and returns as soon as its entry point has run. */
async function enter(manager: Manager): Promise<void> {
  await passGate(manager);
  const { pid } = manager;
  spinUntil(() =>
    blocks(pid, "SIGTERM") || catches(pid, "SIGTERM") || !isAlive(pid)
  );
}

function spinUntil(isOver: () => boolean): void {
  const limitMs = performance.now() + HANG_MS;
  while (!isOver()) {
    if (performance.now() > limitMs) throw new Error("It does not start");
  }
}

/** Supervises the test program, which ends well on TERM. */
const supervised =
  (bench: Bench, supervision: Supervision = {}) =>
  (through: readonly string[]) =>
    bench.supervise({
      child: ["--exit-on", "TERM:0"],
      ...supervision,
      stdin: "piped",
      through,
    });

/** It was asked to stop, and did so in order. */
async function stopsInOrder(manager: Manager): Promise<void> {
  const { code, signal } = await manager.ended(HANG_MS);
  deepEqual([code, signal], [0, null], manager.transcript());
  equal(manager.log.count("Received signal: SIGTERM"), 1);
  equal(manager.log.count("Manager shutdown complete"), 1);
}

const WORLDS: readonly [string, World][] = [
  ["", ORDINARY],
  [" as PID 1", INIT],
];

for (const [where, world] of WORLDS) {
  Deno.test(row(
    `a TERM as soon as the entry point has run${where}: an orderly stop`,
    needing(world, async (bench) => {
      for (let nth = 0; nth < TIMES; nth++) {
        const manager = await atGate(supervised(bench), world);
        await enter(manager);
        // From the entry point on, not only from the listeners on.
        const isBlocked = blocks(manager.pid, "SIGTERM");
        if (!isBlocked && catches(manager.pid, "SIGTERM")) {
          throw new Stalled("It listens already, and may have blocked before");
        }
        ok(isBlocked, "It blocks nothing at its start");
        manager.signal("SIGTERM");
        await stopsInOrder(manager);
      }
    }),
  ));

  Deno.test(row(
    `a TERM 1 to 64 ms after exec${where}: heard, if the loader was done [T]`,
    needing(world, async (bench) => {
      for (const ms of MOMENTS_MS) {
        let heard = 0;
        for (let nth = 0; nth < TIMES; nth++) {
          const manager = await atGate(supervised(bench), world);
          await passGate(manager);
          const dueMs = performance.now() + ms;
          spinUntil(() => performance.now() >= dueMs);
          const { pid } = manager;
          const loaded = blocks(pid, "SIGTERM") || catches(pid, "SIGTERM");
          manager.signal("SIGTERM");
          if (loaded) {
            await stopsInOrder(manager);
            heard++;
          } else {
            // In the loader's time it may be lost, or end it.
            manager.signal("SIGKILL");
            await manager.ended();
          }
        }
        if (JUDGES_LATENCY && ms >= scaled(LOADED_MS)) {
          equal(heard, TIMES, `after ${ms} ms`);
        }
      }
    }),
  ));

  for (const signal of FIRST_SIX) {
    Deno.test(row(
      `${signal} as soon as the entry point has run${where}: heard, once`,
      needing(world, async (bench) => {
        const child = ["--trap", "all", "--exit-on", "TERM:0"];
        const manager = await atGate(supervised(bench, { child }), world);
        await enter(manager);
        manager.signal(signal);
        // Where we go on late, it may have its child already.
        const isFirst = blocks(manager.pid, signal);
        const stops = signal === "SIGTERM" || signal === "SIGINT";
        if (!stops) {
          // There is no child yet, and the first one is not killed by it.
          const held = `Received signal: ${signal}, holding it`;
          await manager.waitForLog(
            isFirst
              ? held
              : new RegExp(`${held}|Forwarding ${signal} to child process`),
          );
          await manager.out.wait(`got ${signal}`);
          equal(manager.out.count("got "), 1);
          manager.signal("SIGTERM");
        } else await manager.waitForLog(`Received signal: ${signal}`);
        equal(await manager.exitCode(), 0);
      }),
    ));
  }
}

Deno.test(row(
  "as PID 1 without a libc a TERM at the entry point is heard, and the child's mask is clean",
  needing(INIT_WITHOUT_LIBC, async (bench) => {
    const env = libcAside(bench);
    const early = await atGate(
      supervised(bench, { env }),
      INIT_WITHOUT_LIBC,
    );
    await enter(early);
    early.signal("SIGTERM");
    await stopsInOrder(early);

    const child = ["--masks", "--exit-on", "TERM:0"];
    const late = await atGate(
      supervised(bench, { env, child }),
      INIT_WITHOUT_LIBC,
    );
    await passGate(late);
    await late.out.wait("SigBlk: 0000000000000000");
    await late.out.wait("ready pid=");
    late.signal("SIGTERM");
    await stopsInOrder(late);
  }),
));

/** Adds the mask that it was started with to a file. */
const notesMask = (bench: Bench, name: string) =>
  script(
    bench,
    name,
    // What a probe says before the start must be no, or it is no sign.
    `grep ^SigBlk: /proc/self/status >>${bench.path(`${name}.mask`)}
     [ ${name} != probe ] || [ "$(wc -l <${bench.path("probe.mask")})" -gt 1 ]`,
  );

for (
  const [where, world] of [
    ...WORLDS,
    [" as PID 1 without a libc", INIT_WITHOUT_LIBC],
  ] as const
) {
  Deno.test(row(
    `checks, probes, actions and dependencies${where} have a clean mask`,
    needing(world, async (bench) => {
      const names = ["dependency", "check", "probe", "action"];
      const [dependency, check, probe, action] = names.map((name) =>
        notesMask(bench, name)
      );
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        through: world.through,
        env: world === INIT_WITHOUT_LIBC ? libcAside(bench) : {},
        config: [file],
        options: [
          `--wait-for=exec:${dependency}`,
          `--check-command=${check}`,
          `--ready=exec:${probe}`,
          `--on-change=exec:${action}`,
        ],
      });
      await manager.waitForLog("is ready after");
      Deno.writeTextFileSync(file, "second");
      for (const name of names) {
        const [mask] = await until(`the mask of the ${name}`, () => {
          const lines = linesOf(bench.path(`${name}.mask`));
          return lines.length > 0 && lines;
        });
        equal(mask, "SigBlk:\t0000000000000000", name);
      }
    }),
  ));
}

/** What a pipe holds (pipe(7)). */
const PIPE_BYTES = 65536;

for (
  const [args, code] of [
    [["--version"], 0],
    [["--help"], 0],
    [["--no-such-option"], 2],
    [["check", "--config=", "--", "true"], 0],
  ] as const
) {
  Deno.test(row(
    `flush-manager ${
      args[0]
    } has nothing blocked, and a TERM at the entry point does not hang it`,
    async (bench) => {
      const pipe = bench.path("full");
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      // Full, so that it cannot end before it was looked at.
      using reader = await Deno.open(pipe, { read: true, write: true });
      await reader.write(new Uint8Array(PIPE_BYTES));
      const manager = await atGate(
        (through) =>
          bench.run(args, {
            stdin: "piped",
            through: ["sh", "-c", `exec "$@" >${pipe} 2>&1`, "sh", ...through],
          }),
        ORDINARY,
      );
      await enter(manager);
      manager.signal("SIGTERM");
      await until(
        "a clean mask",
        () =>
          FIRST_SIX.every((signal) =>
            catches(manager.pid, signal) && !blocks(manager.pid, signal)
          ),
      );
      await reader.read(new Uint8Array(PIPE_BYTES));
      equal(await manager.exitCode(), code);
    },
  ));
}
