/**
 * What tests of safe reloads share: files that change as a whole, small programs,
 * and how a run that may not even begin ends. Must not know what is tested.
 */
import { equal, ok } from "node:assert/strict";
import { writeExecutable } from "../fixtures/executable.ts";
import { type Bench, Stalled } from "./bench.ts";
import { type Manager, STARTED } from "./harness.ts";
import type { Line } from "./lines.ts";
import { isAlive } from "./processes.ts";
import { until } from "./until.ts";

/** A short quiet window: changes are made as a whole, so nothing is missed. */
export const QUICK = "--debounce=100ms";
/** Looks often, so that what must not be repeated would be. */
export const POLLS = "--poll-interval=100ms";
/** Many times the poll and the quiet window of these. */
export const NO_CHANGE_MS = 1_500;

/** Gives the file other content as a whole. */
export function change(path: string, content: string): void {
  Deno.writeTextFileSync(`${path}.next`, content);
  Deno.renameSync(`${path}.next`, path);
}

/** Writes a shell script and returns its path. */
export function script(bench: Bench, name: string, body: string): string {
  const path = bench.path(name);
  writeExecutable(path, `#!/bin/sh\n${body}\n`);
  return path;
}

/** The lines of a file, none if there is no file yet. */
export function linesOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").slice(0, -1);
  } catch {
    return [];
  }
}

/** The SHA-256 of the text in UTF-8, in hexadecimal. */
export async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

/**
 * Waits until a look has found what the child was started on. Before that, nobody
 * knows what the child has read, and content that goes back is put into effect.
 */
export async function verified(manager: Manager, file: string): Promise<void> {
  await manager.log.wait("Started polling file changes");
  const told = () => manager.log.count(`Fsnotify event: WRITE ${file}`);
  // The look that an event asks for is over before the event of another burst is told of.
  const last = told() + 2;
  await until("two events are told of", () => {
    Deno.utimeSync(file, new Date(), new Date());
    return told() >= last || undefined;
  });
}

/** Waits for the n-th start of a child. */
export const start = (manager: Manager, nth: number): Promise<Line> =>
  manager.log.wait(STARTED, { nth });

/** Waits until the n-th child runs, and prints this content; no other has been started. */
export async function runsOn(
  manager: Manager,
  content: string,
  nth: number,
): Promise<void> {
  await start(manager, nth);
  await manager.out.wait("ready pid=", { nth });
  manager.expectStarts(nth);
  const printed = manager.out.matches("config: ").at(-1)?.text;
  equal(printed, `config: ${content}`);
}

/**
 * The second child ends soon, and so is no good one. A machine that stands still
 * may let it live for the time that proves it: only before its end is that so.
 */
export async function notProvenAgain(manager: Manager): Promise<void> {
  const proven = "has kept running for ";
  const told = await manager.log.wait(new RegExp(`Rolling back|${proven}`), {
    nth: 2,
  });
  if (!told.text.includes(proven)) return;
  const { entries } = manager.log;
  const second = entries.indexOf(await start(manager, 2));
  const before = entries.slice(second, entries.indexOf(told));
  const end = before.find(({ text }) => text.includes("Child process exited"));
  equal(end?.text, undefined, "a child that had ended counts as a good one");
  throw new Stalled("The child had not ended by then");
}

/** Waits until the process is gone, or a zombie. */
export const gone = (pid: number): Promise<boolean> =>
  until(`the end of process ${pid}`, () => isAlive(pid) ? undefined : true);

/** The run ends with this code before any child starts. Its ERROR lines, of which the first holds these texts. */
export async function refuses(
  manager: Manager,
  code: number,
  ...texts: readonly string[]
): Promise<string[]> {
  equal(await manager.exitCode(), code);
  equal(manager.out.entries.length, 0);
  manager.expectStarts(0);
  const errors = manager.log.matches(/ERROR: |^flush-manager: /)
    .map(({ text }) => text);
  for (const text of texts) ok(errors[0]?.includes(text), errors.join("\n"));
  return errors;
}

/** The objects of a JSON log whose message holds this text. */
export const records = (
  manager: Manager,
  text: string,
): Record<string, unknown>[] =>
  manager.log.matches(/^\{/)
    .map((line) => JSON.parse(line.text) as Record<string, unknown>)
    .filter(({ msg }) => String(msg).includes(text));

/** When each child was started, by a JSON log: reading it may lag behind. */
export const startTimes = (manager: Manager): number[] =>
  records(manager, STARTED).map(({ time }) => Date.parse(String(time)));

/** When the first such object was logged, in milliseconds. */
export function loggedAtMs(manager: Manager, text: string): number {
  const [record] = records(manager, text);
  return Date.parse(String(record?.time));
}

/**
 * When the line before the first such was logged, in milliseconds: what the line
 * tells of was decided no earlier, however late the line itself is.
 */
export function loggedBeforeMs(manager: Manager, text: string): number {
  const all = records(manager, "");
  const at = all.findIndex(({ msg }) => String(msg).includes(text));
  return Date.parse(String(all[at - 1]?.time));
}
