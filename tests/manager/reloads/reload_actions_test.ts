/** Actions for a child that finds its content where it is watched. */
import assert from "node:assert/strict";
import type { Occasion } from "../../../src/core/vocabulary/effect.ts";
import type { Gentle } from "../../../src/core/vocabulary/settings.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import { untraced } from "../../../src/manager/reloads/reload_system.ts";
import { ProgramCalls } from "../../../src/manager/reloads/program_call.ts";
import { ReloadActions } from "../../../src/manager/reloads/reload_actions.ts";
import { SavedContent } from "../../../src/manager/reloads/saved_content.ts";
import "../../host/loaded_libc.ts";
import { tempDirectory } from "../../host/temp.ts";
import { settingsOf } from "../settings.ts";

const OCCASION: Occasion = {
  reason: "config",
  reloads: 3,
  baseline: [],
  previous: [],
  saved: false,
  beside: false,
};

async function outcomeOf(
  action: Gentle,
  options: readonly string[] = ["--config="],
  signal = new AbortController().signal,
  tracing = untraced,
) {
  const settings = settingsOf(...options);
  const { configs, workdir, http } = settings;
  const log = () => {};
  const actions = new ReloadActions({
    workdir,
    http,
    calls: new ProgramCalls({ settings, configs, listen: [] }, undefined),
    saved: new SavedContent(undefined, log),
    processes: new Processes(),
    log,
    tracing,
    variablesOf: () => ({}),
  });
  return await actions.act(signal, 2, action, OCCASION, true);
}

const bash = (script: string): Gentle => ({
  kind: "exec",
  argv: ["bash", "-c", script, "bash", "{run}"],
});

Deno.test("a program gets its placeholders, and why it is run", async () => {
  const right = bash('test "$1 $FLUSH_MANAGER_RELOAD_COUNT" = "2 3"');
  assert.deepEqual(await outcomeOf(right), { kind: "done" });
});

Deno.test("a program is told which trace it is part of", async () => {
  const right = bash('test "$TRACEPARENT" = 00-trace');
  const tracing = () => ({ TRACEPARENT: "00-trace" });
  assert.deepEqual(
    await outcomeOf(right, ["--config="], undefined, tracing),
    { kind: "done" },
  );
});

Deno.test("a program that fails fails the action, with what it printed", async () => {
  assert.deepEqual(await outcomeOf(bash("echo no; exit 4")), {
    kind: "failed",
    detail: "exit status 4",
    tail: ["no"],
  });
});

Deno.test("an environment file that is gone fails the action", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/none`;
  const options = ["--config=", "--env-file", path];
  assert.deepEqual(await outcomeOf(bash("true"), options), {
    kind: "failed",
    detail: `Cannot read environment file ${path}: it does not exist`,
    tail: [],
  });
});

Deno.test("an action is given up with its signal", async () => {
  const signal = AbortSignal.abort();
  assert.deepEqual(await outcomeOf(bash("true"), ["--config="], signal), {
    kind: "aborted",
  });
});

Deno.test("a signal is left to the core", async () => {
  const action: Gentle = { kind: "signal", signal: "SIGHUP" };
  assert.deepEqual(await outcomeOf(action), { kind: "done" });
});
