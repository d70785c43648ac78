/**
 * Watcher scripts about directories and what is in them: one test for each *.txt of this directory.
 * ../README.md describes the language; to add a case, add a file.
 */
import { row } from "../../e2e/bench.ts";
import { scriptsBeside } from "../loader.ts";

for (const [name, run] of scriptsBeside(import.meta.url)) {
  Deno.test(row(name, run));
}
