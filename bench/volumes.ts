/** What supervisors watch here: a file, a ConfigMap volume, a directory of many files; and how each changes. */
import type { StampLog } from "./stamps.ts";
import type { Job } from "./tools.ts";

/** Something to watch, and one change of it. */
export interface Subject {
  readonly watch: NonNullable<Job["watch"]>;
  readonly change: (log: StampLog) => Promise<void>;
}

const KEY = "app.conf";
let changes = 0;

/** As long as every other, so that no write leaves a shorter file behind. */
const text = () => `generation ${String(++changes).padStart(12, "0")}\n`;

/** One file, overwritten in place by one write(2). */
export function plainFile(directory: string): Subject {
  Deno.mkdirSync(directory);
  const path = `${directory}/${KEY}`;
  Deno.writeTextFileSync(path, text());
  return {
    watch: { path, directory, files: [path] },
    change: (log) => log.act("write", path, text()),
  };
}

/** A key of a ConfigMap volume, updated as by the kubelet. */
export async function configMap(
  directory: string,
  log: StampLog,
): Promise<Subject> {
  Deno.mkdirSync(directory);
  const path = `${directory}/${KEY}`;
  const change = (to: StampLog) => to.act("swap", directory, KEY, text());
  await change(log);
  return { watch: { path, directory, files: [path] }, change };
}

/** A directory with so many files, of which one in the middle changes. */
export function manyFiles(directory: string, count: number): Subject {
  Deno.mkdirSync(directory);
  const files = Array.from(
    { length: count },
    (_, at) => `${directory}/key-${String(at).padStart(5, "0")}.conf`,
  );
  for (const file of files) Deno.writeTextFileSync(file, text());
  return {
    watch: { path: directory, directory, files },
    change: (log) => log.act("write", files[count >> 1], text()),
  };
}
