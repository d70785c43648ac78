/**
 * Start, signals, stop and exit codes as PID 1 of a container that has lost
 * every privilege. Must not touch configuration or orphans.
 */
import assert from "node:assert/strict";
import { blocks, catches } from "../e2e/processes.ts";
import type { Container } from "./container.ts";
import { containerTest } from "./harness.ts";
import { IMAGE_WITHOUT_TMP } from "./image.ts";

const CHILD = "/usr/local/bin/child";

/** Any user ID, as OpenShift gives one to each namespace: in no passwd file. */
const ARBITRARY_USER = 1_000_650_000 + Math.floor(Math.random() * 10_000);

const MANAGER = "/usr/local/bin/flush-manager";
const REPORT = ["--", CHILD, "--masks", "--env", "HOME", "--ready-line"];

containerTest(
  "B18: the image's own user, without privileges",
  async (bench) => {
    await using container = bench.start({ args: REPORT });
    await assertUnprivileged(container, 65532);
  },
);

containerTest("B18: an arbitrary user without HOME and /tmp", async (bench) => {
  await using container = bench.start({
    image: IMAGE_WITHOUT_TMP,
    // runc always sets HOME; it is unset on the way, by a program that then
    // becomes the manager.
    run: [`--user=${ARBITRARY_USER}:0`, `--entrypoint=${CHILD}`],
    args: ["--unset-env", "HOME", "--exec", MANAGER, ...REPORT],
  });
  await assertUnprivileged(container, ARBITRARY_USER);
  await container.line("env: HOME is unset");
});

/** Checks what the child says of itself, and that it is stopped in order. */
async function assertUnprivileged(
  container: Container,
  uid: number,
): Promise<void> {
  await container.line("ready pid=");
  await container.line("PID: 1");
  await container.line("Child process started with PID: ");
  const ids = await container.line("ids: ");
  assert.ok(ids.includes(` ppid=1 `), ids);
  assert.ok(ids.includes(` uid=${uid} `), ids);
  await container.line("SigBlk: 0000000000000000");
  // Signals 32 and 33 are glibc's own: its posix_spawn(), by which this test
  // starts podman, leaves them ignored.
  const ignored = (await container.line("SigIgn: ")).replace("SigIgn: ", "0x");
  assert.equal(BigInt(ignored) & 0x7fff_ffffn, 0n, ignored);
  await container.line("CapEff: 0000000000000000");
  await container.line("NoNewPrivs: 1");
  await container.podman("stop", "--time=600");
  assert.equal(await container.exitCode(), 0);
  await noOom(container);
}

async function noOom(container: Container): Promise<void> {
  assert.equal(await container.inspect(".State.OOMKilled"), "false");
}

containerTest(
  "podman stop: the child gets TERM and time to end",
  async (bench) => {
    await using container = bench.start({
      args: ["--", CHILD, "--slow-stop", "300", "--ready-line"],
    });
    await container.line("ready pid=");
    await container.podman("stop", "--time=600");
    assert.equal(await container.exitCode(), 0);
    assert.equal(container.occurrences("got SIGTERM"), 1);
    await container.line(
      "Received signal: SIGTERM, shutting down gracefully...",
    );
    await container.line("stopped gracefully");
    await container.line("Manager shutdown complete");
  },
);

containerTest(
  "podman stop: a child that ignores TERM is killed, 137",
  async (bench) => {
    await using container = bench.start({
      args: [
        "--stop-timeout=500ms",
        "--",
        CHILD,
        "--ignore",
        "TERM",
        "--ready-line",
      ],
    });
    await container.line("ready pid=");
    // The manager's timeout is shorter than podman's: it is the one that kills.
    await container.podman("stop", "--time=600");
    assert.equal(await container.exitCode(), 137);
    await container.line("Timeout waiting for graceful shutdown");
  },
);

containerTest(
  "podman kill: HUP and USR1 reach the child once, and both live",
  async (bench) => {
    await using container = bench.start({
      args: [
        "--",
        CHILD,
        "--trap",
        "all",
        "--exit-on",
        "TERM:0",
        "--ready-line",
      ],
    });
    await container.line("ready pid=");
    for (const signal of ["HUP", "USR1", "HUP"]) {
      const before = container.occurrences(`got SIG${signal}`);
      await container.podman("kill", `--signal=${signal}`);
      await container.line(`got SIG${signal}`, before + 1);
    }
    await container.podman("stop", "--time=600");
    assert.equal(await container.exitCode(), 0);
    assert.equal(container.occurrences("got SIGHUP"), 2);
    assert.equal(container.occurrences("got SIGUSR1"), 1);
  },
);

/** Whether the process has been replaced by the program of that name already. */
const executes = (pid: number, name: string): boolean =>
  Deno.readLinkSync(`/proc/${pid}/exe`).endsWith(`/${name}`);

/** The runtime takes 1.5 s to listen there. */
const SLOW = ["--cpus=0.1"];

containerTest(
  "--cpus=0.1: a TERM in the first moments stops the container, 0",
  async (bench) => {
    for (const ms of [0, 100, 200, 400, 800, 1600]) {
      await using container = bench.start({
        run: SLOW,
        args: ["--", CHILD, "--exit-on", "TERM:0", "--ready-line"],
      });
      const init = await container.until(
        "the container's process",
        async () => {
          const pid = await container.inspect(".State.Pid").catch(() => "0");
          return Number(pid) || undefined;
        },
      );
      const isBlocked = await container.until("what it does with TERM", () => {
        // Before that it is the container runtime, which catches TERM.
        if (!executes(init, "flush-manager")) return undefined;
        if (blocks(init, "SIGTERM")) return true;
        return catches(init, "SIGTERM") ? false : undefined;
      });
      // It waits in the kernel for a second and more.
      assert.ok(isBlocked, "It lets TERM be lost until it listens");
      await new Promise((done) => setTimeout(done, ms));
      Deno.kill(init, "SIGTERM");
      assert.equal(await container.exitCode(), 0, `after ${ms} ms`);
      await container.line(
        "Received signal: SIGTERM, shutting down gracefully...",
      );
      await container.line("Manager shutdown complete");
    }
  },
);

/** How a child ends, and the container's exit code for it (design 2.2). */
const ENDS: readonly [string, readonly string[], number][] = [
  ["exits with 0", [CHILD, "--exit-after", "0:0"], 0],
  ["exits with 7", [CHILD, "--exit-after", "0:7"], 7],
  ["exits with 255", [CHILD, "--exit-after", "0:255"], 255],
  ["dies of SEGV", [CHILD, "--die-by", "SEGV:100"], 139],
  ["dies of KILL", [CHILD, "--die-by", "KILL:100"], 137],
  ["does not exist", ["/usr/local/bin/absent"], 127],
  ["is a directory", ["/etc"], 126],
  ["is not executable", ["/etc/passwd"], 126],
];

for (const [what, command, code] of ENDS) {
  containerTest(
    `exit code: a child that ${what} makes it ${code}`,
    async (bench) => {
      await using container = bench.start({ args: ["--", ...command] });
      assert.equal(await container.exitCode(), code);
      await noOom(container);
    },
  );
}
