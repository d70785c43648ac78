/** Managers of one service on one host, which take turns by a directory. Must not know what is tested. */
import { mkdirSync } from "node:fs";
import type { Bench } from "./bench.ts";
import { Asker } from "./control.ts";
import type { Manager } from "./harness.ts";
import { change, POLLS, QUICK } from "./reloads.ts";

/** A child that prints what it has; on "bad" it ends before it is ready, while the file "broken" is there, on "dies" soon after. */
const PROGRAM = `
content=$(cat "$1")
echo "config: $content"
echo "ready pid=$$"
case $content in bad*) test ! -e "$2" || exit 7 ;; esac
echo up
case $content in dies*) sleep 0.2; exit 3 ;; esac
exec sleep 1000`;

export const TAKEN = "Slot of the fleet taken";
export const RELEASED = "Slot of the fleet released";
export const WAITING = "Waiting for a slot of the fleet: ";
export const REJECTED = "New configuration rejected by the fleet: ";
export const CANARY = "tries the new configuration first";

export interface Group {
  /** The file that all of them watch. */
  readonly file: string;
  readonly directory: string;
  /** While it is there, a child ends on content that begins with "bad". */
  readonly broken: string;
  readonly managers: readonly Manager[];
  /** How each of them is asked. */
  readonly askers: readonly Asker[];
}

/** So many managers of one service, each with a child on "first". */
export async function group(
  bench: Bench,
  count: number,
  ...options: readonly string[]
): Promise<Group> {
  const file = bench.write("app.conf", "first");
  const broken = bench.write("broken", "");
  const directory = bench.path("fleet");
  mkdirSync(directory, { mode: 0o700 });
  const askers = Array.from(
    { length: count },
    (_, index) => new Asker(bench, bench.path(`control-${index}.sock`)),
  );
  const managers = askers.map(({ address }, index) =>
    bench.run([
      `--config=${file}`,
      `--snapshot-dir=${bench.path(`copies-${index}`)}`,
      "--ready=log:^up",
      `--control=${address}`,
      "--fleet=web",
      `--fleet-dir=${directory}`,
      "--fleet-soak=1s",
      "--fleet-settle=0s",
      QUICK,
      POLLS,
      ...options,
      "--",
      "sh",
      "-c",
      PROGRAM,
      "sh",
      "{config}",
      broken,
    ])
  );
  for (const manager of managers) {
    await manager.log.wait("is ready after");
    await manager.log.wait("Started polling");
  }
  return { file, directory, broken, managers, askers };
}

/** The manager that logs this first. */
export const firstTo = (managers: readonly Manager[], text: string | RegExp) =>
  Promise.race(managers.map(async (manager) => {
    await manager.log.wait(text);
    return manager;
  }));

/** Changes the file of managers. Gives the one that tries the content for all, and the others. */
export async function tried(
  file: string,
  managers: readonly Manager[],
  content: string,
): Promise<{ canary: Manager; others: readonly Manager[] }> {
  change(file, content);
  const canary = await firstTo(managers, CANARY);
  return { canary, others: managers.filter((each) => each !== canary) };
}
