/**
 * A ConfigMap volume that the kubelet updates, bind-mounted into a container.
 * Must not touch what the manager does besides restarting.
 */
import assert from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import type { Container } from "./container.ts";
import { type Bench, containerTest } from "./harness.ts";
import { IMAGE_WITHOUT_TMP } from "./image.ts";

/** The lines of one reload, in the order of the contract (design 2.3). */
const RELOAD: readonly string[] = [
  "File change detected: old_mtime=",
  "File change confirmed after debounce period",
  "Config file change detected, restarting child process...",
  "Restarting child process...",
  "Stopping child process (PID: ",
  "stopped gracefully",
  "Starting child process: ",
  "Child process started with PID: ",
  "Child process restarted successfully after config change",
];

/** Starts a container on a volume that holds one file with that content. */
async function onVolume(bench: Bench, content: string, options: {
  image?: string;
  run?: readonly string[];
}): Promise<{ volume: string; container: Container }> {
  const volume = await bench.directory();
  await writeVolume(volume, { "app.conf": content });
  const container = bench.start({
    image: options.image,
    run: [`--volume=${volume}:/etc/app:ro`, ...options.run ?? []],
    args: [
      "--config=/etc/app/app.conf",
      "--debounce=200ms",
      "--",
      "/usr/local/bin/child",
      "--print-config",
      "/etc/app/app.conf",
    ],
  });
  await container.line(`config: ${content}`);
  return { volume, container };
}

/** Checks that the lines of the n-th reload came in this order. */
function assertInOrder(container: Container, nth: number): void {
  const starts = container.lines
    .flatMap((line, index) => line.includes(RELOAD[0]) ? [index] : []);
  const lines = container.lines.slice(starts[nth - 1]);
  const found = RELOAD.map((text) =>
    lines.findIndex((line) => line.includes(text))
  );
  const sorted = found.toSorted((a, b) => a - b);
  assert.deepEqual(found, sorted, lines.join("\n"));
  assert.equal(found.includes(-1), false, lines.join("\n"));
}

containerTest(
  "A1, A2: every ConfigMap update restarts the child on the new content",
  async (bench) => {
    const { volume, container } = await onVolume(bench, "first", {});
    await using _ = container;
    for (const [index, content] of ["second", "third", "fourth"].entries()) {
      await writeVolume(volume, { "app.conf": content });
      await container.line(`config: ${content}`);
      await container.line("restarted successfully", index + 1);
      assertInOrder(container, index + 1);
    }
    await container.podman("stop", "--time=10");
    assert.equal(await container.exitCode(), 0);
    assert.equal(container.occurrences("config: "), 4);
    assert.equal(await container.inspect(".State.OOMKilled"), "false");
  },
);

containerTest(
  "B18: an arbitrary user without /tmp sees an update too",
  async (bench) => {
    const { volume, container } = await onVolume(bench, "first", {
      image: IMAGE_WITHOUT_TMP,
      run: ["--user=1000660000:0"],
    });
    await using _ = container;
    await writeVolume(volume, { "app.conf": "second" });
    await container.line("config: second");
    await container.podman("stop", "--time=10");
    assert.equal(await container.exitCode(), 0);
  },
);

containerTest(
  "a child that crashes after an update ends the container with its code",
  async (bench) => {
    const volume = await bench.directory();
    await writeVolume(volume, { "app.conf": "first" });
    await using container = bench.start({
      run: [`--volume=${volume}:/etc/app:ro`],
      args: [
        "--config=/etc/app/app.conf",
        "--debounce=200ms",
        "--",
        "/usr/local/bin/child",
        "--print-config",
        "/etc/app/app.conf",
        "--exit-on",
        "USR1:9",
        "--ready-line",
      ],
    });
    await container.line("ready pid=");
    await writeVolume(volume, { "app.conf": "second" });
    await container.line("ready pid=", 2);
    await container.podman("kill", "--signal=USR1");
    assert.equal(await container.exitCode(), 9);
    await container.line("Child process exited abnormally: exit status 9");
  },
);
