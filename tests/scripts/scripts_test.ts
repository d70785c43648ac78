/**
 * One test for each watcher script (*.txt) of this directory, against the
 * compiled executable. README.md describes the language; to add a case, add a
 * file.
 */
import { type Row, row } from "../e2e/bench.ts";
import { parseScript, ScriptError } from "./parser.ts";
import { rowOf } from "./runner.ts";

const HERE = new URL("./", import.meta.url);

/** A script that cannot be read is a test that fails. */
function load(file: string): [string, Row] {
  try {
    const text = Deno.readTextFileSync(new URL(file, HERE));
    const script = parseScript(`tests/scripts/${file}`, text);
    return [`${file.replace(/\.txt$/, "")}: ${script.title}`, rowOf(script)];
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return [file, () => Promise.reject(error)];
  }
}

const files = [...Deno.readDirSync(HERE)]
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".txt"))
  .sort();
for (const [name, run] of files.map(load)) Deno.test(row(name, run));
