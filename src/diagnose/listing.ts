/** What lies at a path, as `namei -l` and `ls -lina` tell it: never the content of a file. */
import { oneLine } from "../core/notation/one_line.ts";

const ENTRIES_MAX = 1_000;
const DEPTH_MAX = 4;

/** Adds a line. */
export type Say = (line: string) => void;

/** Each part of the path from the root on, so that a link and a missing permission are seen. */
export async function listParts(path: string, say: Say): Promise<void> {
  const parts = path.split("/").filter((part) => part !== "");
  for (let count = 0; count <= parts.length; count++) {
    say(await described(`/${parts.slice(0, count).join("/")}`));
  }
}

/** All that is in a directory, level by level. */
export async function listBelow(path: string, say: Say): Promise<void> {
  let left = ENTRIES_MAX;
  let level = [path];
  for (let depth = 0; depth < DEPTH_MAX && level.length > 0; depth++) {
    const next: string[] = [];
    for (const directory of level) {
      say(`${oneLine(directory)}:`);
      for (const name of await namesOf(directory, say)) {
        if (left-- <= 0) return say(`(more than ${ENTRIES_MAX} entries)`);
        const entry = `${directory === "/" ? "" : directory}/${name}`;
        say(`  ${await described(entry, name)}`);
        if (await isDirectory(entry)) next.push(entry);
      }
    }
    level = next;
  }
  if (level.length > 0) say(`(deeper than ${DEPTH_MAX} levels)`);
}

async function namesOf(directory: string, say: Say): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) {
      names.push(name);
      if (names.length > ENTRIES_MAX) break;
    }
  } catch (error) {
    say(`  ${faultOf(error)}`);
  }
  return names.sort();
}

const isDirectory = async (path: string): Promise<boolean> =>
  await Deno.lstat(path).then((info) => info.isDirectory, () => false);

async function described(path: string, name = path): Promise<string> {
  try {
    const info = await Deno.lstat(path);
    const target = info.isSymlink ? ` -> ${await Deno.readLink(path)}` : "";
    return describeEntry(info, `${name}${target}`);
  } catch (error) {
    return `${oneLine(name)}: ${faultOf(error)}`;
  }
}

type Entry = Pick<
  Deno.FileInfo,
  "mode" | "ino" | "nlink" | "uid" | "gid" | "size" | "mtime" | "ctime"
>;

/** Inode, type and mode, links, owner, group, size, times of content and inode, name. */
export function describeEntry(info: Entry, name: string): string {
  const time = (date: Date | null) => date?.toISOString() ?? "-";
  const fields = [
    info.ino,
    modeText(info.mode ?? 0),
    info.nlink,
    info.uid,
    info.gid,
    info.size,
    time(info.mtime),
    time(info.ctime),
    oneLine(name),
  ];
  return fields.map((field) => field ?? "-").join(" ");
}

const FORMAT = 0o170000;
const TYPES: ReadonlyMap<number, string> = new Map([
  [0o140000, "s"],
  [0o120000, "l"],
  [0o100000, "-"],
  [0o060000, "b"],
  [0o040000, "d"],
  [0o020000, "c"],
  [0o010000, "p"],
]);

/** As ls(1) shows it. */
export function modeText(mode: number): string {
  const letters = [..."rwxrwxrwx"].map((letter, at) =>
    mode & (0o400 >> at) ? letter : "-"
  );
  const special: [bit: number, at: number, letter: string][] = [
    [0o4000, 2, "s"],
    [0o2000, 5, "s"],
    [0o1000, 8, "t"],
  ];
  for (const [bit, at, letter] of special) {
    if (!(mode & bit)) continue;
    letters[at] = letters[at] === "x" ? letter : letter.toUpperCase();
  }
  return `${TYPES.get(mode & FORMAT) ?? "?"}${letters.join("")}`;
}

/** Without the path, which stands before it. */
const faultOf = (error: unknown): string =>
  oneLine(error instanceof Error ? error.message : String(error))
    .replace(/ \(os error.*$/, "");
