/**
 * Orphans that PID 1 of a container adopts: none may stay as a zombie. Holds
 * the control that shows that these tests can fail. Must not test anything
 * else.
 */
import assert from "node:assert/strict";
import { debianFiles } from "../../scripts/debian.ts";
import { HOST } from "../../scripts/denort.ts";
import { type Bench, containerTest } from "./harness.ts";

const ORPHANS = 100;

/** The child leaves orphans that end one after the other, over three seconds. */
const LEAVE_ORPHANS: readonly string[] = [
  "--",
  "/usr/local/bin/child",
  "--own-group",
  "--orphans",
  `${ORPHANS}:500-3000`,
  "--exit-on",
  "USR1:7",
  "--ready-line",
];

containerTest(
  "B3: as PID 1, every adopted orphan is reaped and the child's code kept",
  async (bench) => {
    await using container = bench.start({ args: LEAVE_ORPHANS });
    await container.line("Child process started");
    await container.until("the orphans under PID 1", async () => {
      const states = await container.childStates();
      return states.length > ORPHANS / 2 ? states : undefined;
    });
    // One is left: the managed child.
    await container.until("no orphan and no zombie", async () => {
      const states = await container.childStates();
      return states.length === 1 && states[0] !== "Z" ? states : undefined;
    });
    await container.podman("kill", "--signal=USR1");
    assert.equal(await container.exitCode(), 7);
  },
);

containerTest(
  "B3, control: with reaping off, the orphans stay as zombies",
  async (bench) => {
    await using container = bench.start({
      run: await withoutLibc(bench),
      args: LEAVE_ORPHANS,
    });
    await container.line("orphans are not reaped");
    await container.until("all orphans as zombies", async () => {
      const states = await container.childStates();
      const zombies = states.filter((state) => state === "Z").length;
      return zombies === ORPHANS ? states : undefined;
    });
    // B19: and everything else works.
    await container.podman("kill", "--signal=USR1");
    assert.equal(await container.exitCode(), 7);
  },
);

/**
 * Options that move the C library to where the manager does not look for it:
 * the executable itself needs it too, and is told where it is.
 */
async function withoutLibc(bench: Bench): Promise<string[]> {
  const triplet = Deno.build.arch + "-linux-gnu";
  const path = `/lib/${triplet}/libc.so.6`;
  const files = await debianFiles(HOST, ["libc6"]);
  const moved = await bench.directory();
  await Deno.copyFile(`${files}${path}`, `${moved}/libc.so.6`);
  await Deno.writeTextFile(`${moved}/empty`, "");
  return [
    `--volume=${moved}:/opt/libc:ro`,
    `--volume=${moved}/empty:${path}:ro`,
    "--env=LD_LIBRARY_PATH=/opt/libc",
  ];
}
