/**
 * The operations of watcher scripts on files. Each is done when its call
 * returns; must not wait or watch.
 */
import { writeVolume } from "../fixtures/atomic_writer.ts";
import type { Verb } from "./language.ts";

/** Does something with its operands; relative paths are in `directory`. */
type Operation = (
  directory: string,
  operands: readonly string[],
) => void | Promise<void>;

/** The verbs that change files. */
export const OPERATIONS: Readonly<Partial<Record<Verb, Operation>>> = {
  write: (at, [path, text]) => Deno.writeTextFileSync(full(at, path), text),
  append: (at, [path, text]) =>
    Deno.writeTextFileSync(full(at, path), text, { append: true }),
  truncate: (at, [path]) => Deno.truncateSync(full(at, path)),
  replace: (at, [path, text]) => {
    Deno.writeTextFileSync(`${full(at, path)}.tmp`, text);
    Deno.renameSync(`${full(at, path)}.tmp`, full(at, path));
  },
  rename: (at, [from, to]) => Deno.renameSync(full(at, from), full(at, to)),
  remove: (at, [path]) => Deno.removeSync(full(at, path), { recursive: true }),
  mkdir: (at, [path]) => Deno.mkdirSync(full(at, path), { recursive: true }),
  link: (at, [target, name]) => Deno.symlinkSync(target, full(at, name)),
  relink: (at, [target, name]) => {
    Deno.symlinkSync(target, `${full(at, name)}.tmp`);
    Deno.renameSync(`${full(at, name)}.tmp`, full(at, name));
  },
  hardlink: (at, [file, name]) => Deno.linkSync(full(at, file), full(at, name)),
  chmod: (at, [mode, path]) =>
    Deno.chmodSync(full(at, path), Number.parseInt(mode, 8)),
  touch: (at, [path, date]) => {
    const when = date === undefined ? new Date() : new Date(date);
    Deno.utimeSync(full(at, path), when, when);
  },
  mkfifo: (at, [path]) => run(at, ["mkfifo", full(at, path)]),
  swap: async (at, [path, ...entries]) => {
    const payload = entries.map((entry): [string, string] => {
      const equals = entry.indexOf("=");
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    });
    await writeVolume(full(at, path), Object.fromEntries(payload));
  },
  run,
};

/** The path of a name in the script's directory. */
export const full = (directory: string, path: string) =>
  path.startsWith("/") ? path : `${directory}/${path}`;

async function run(
  directory: string,
  [command, ...args]: readonly string[],
): Promise<void> {
  const { success, code, stderr } = await new Deno.Command(command, {
    args,
    cwd: directory,
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot run ${command}: it ended with ${code}: ${said}`);
}
