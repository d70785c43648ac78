/**
 * Finds the watcher scripts (*.txt) of a directory and makes a test's body of
 * each. Must not perform anything.
 */
import type { Row } from "../e2e/bench.ts";
import { parseScript, ScriptError } from "./parser.ts";
import { rowOf } from "./runner.ts";

const ROOT = new URL("../../", import.meta.url);

/** Name and body of a test for each script beside the module, in the order of their names. */
export function scriptsBeside(module: string): [name: string, run: Row][] {
  const directory = new URL("./", module);
  return [...Deno.readDirSync(directory)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => load(new URL(name, directory)));
}

/** A script that cannot be read is a test that fails. */
function load(script: URL): [string, Row] {
  // As a reader of the repository would name it.
  const place = script.href.slice(ROOT.href.length);
  const file = place.slice(place.lastIndexOf("/") + 1);
  try {
    const parsed = parseScript(place, Deno.readTextFileSync(script));
    return [`${file.replace(/\.txt$/, "")}: ${parsed.title}`, rowOf(parsed)];
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return [file, () => Promise.reject(error)];
  }
}
