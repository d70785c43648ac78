/** Which variables a child, its hook and its probes get, also where the files of variables cannot be read. */
import "../../host/loaded_libc.ts";
import { deepEqual, equal, throws } from "node:assert/strict";
import type { Occasion } from "../../../src/core/vocabulary/effect.ts";
import { EnvironmentError } from "../../../src/host/environment/env_files.ts";
import { ChildVariables } from "../../../src/manager/reloads/child_variables.ts";
import { ProgramCalls } from "../../../src/manager/reloads/program_call.ts";
import { StartRefused } from "../../../src/manager/reloads/reload_system.ts";
import { tempDirectory } from "../../host/temp.ts";
import { settingsOf } from "../settings.ts";

const START: Occasion = {
  reason: "start",
  reloads: 0,
  baseline: [],
  previous: undefined,
  saved: false,
  beside: false,
};
const CHANGE: Occasion = { ...START, reason: "config", reloads: 1 };

/** Of a manager whose children get the variables of one file. */
async function variablesOf() {
  const directory = await tempDirectory();
  const file = `${directory.path}/env`;
  const settings = settingsOf("--config=", `--env-file=${file}`);
  const { configs, compare } = settings;
  const calls = new ProgramCalls({ settings, configs, listen: [] }, undefined);
  const lines: string[] = [];
  const variables = new ChildVariables({
    compare,
    watched: calls.watched,
    log: ({ text }) => lines.push(text),
    tracing: () => ({ TRACEPARENT: "t" }),
  });
  return {
    variables,
    lines,
    call: (run: number) => calls.at("watched", run),
    write: (text: string) => Deno.writeTextFileSync(file, text),
    remove: () => Deno.removeSync(file),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

Deno.test("child_variables: a start has those of the file, its occasion and its trace", async () => {
  await using it = await variablesOf();
  it.write("A=1");
  const first = it.variables.forStart(it.call(1), START);
  equal(first.A, "1");
  equal(first.FLUSH_MANAGER_REASON, "start");
  equal(first.TRACEPARENT, undefined, "a first start is part of no trace");
  it.write("A=2");
  const second = it.variables.forStart(it.call(2), CHANGE);
  equal(second.A, "2");
  equal(second.FLUSH_MANAGER_REASON, "config");
  equal(second.TRACEPARENT, "t");
});

Deno.test("child_variables: where the file cannot be read, a first start is refused, and a later one has those of the last start", async () => {
  await using it = await variablesOf();
  throws(() => it.variables.forStart(it.call(1), START), StartRefused);
  throws(() => it.variables.forHook(it.call(1), START), EnvironmentError);
  deepEqual(it.variables.upcoming(it.call(1)), {});
  it.write("A=1");
  it.variables.forStart(it.call(1), START);
  it.remove();
  for (
    const kept of [
      it.variables.forHook(it.call(2), CHANGE),
      it.variables.forStart(it.call(2), CHANGE),
    ]
  ) {
    equal(kept.A, "1");
    equal(kept.FLUSH_MANAGER_REASON, "config");
  }
  equal(it.variables.upcoming(it.call(2)).A, "1");
  equal(it.lines.length, 1);
  equal(it.lines[0].endsWith("variables of its last start"), true);
});

Deno.test("child_variables: each child keeps its own until it is forgotten", async () => {
  await using it = await variablesOf();
  const latest = () => it.variables.latest;
  equal(latest(), undefined);
  for (const run of [1, 2]) {
    it.write(`A=${run}`);
    it.variables.forStart(it.call(run), CHANGE);
    it.variables.started(run);
  }
  equal(it.variables.of(1).A, "1");
  equal(it.variables.of(2).A, "2");
  equal(latest()?.A, "2");
  it.variables.forget(2);
  deepEqual(it.variables.of(2), {});
  equal(latest()?.A, "1");
});
