/** Hooks of the real system: one after the other, ended in order, and nothing left of them. */
import "../../host/loaded_libc.ts";
import { deepEqual, equal } from "node:assert/strict";
import type { Occasion } from "../../../src/core/vocabulary/effect.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import { Hooks } from "../../../src/manager/reloads/hooks.ts";
import { ProgramCalls } from "../../../src/manager/reloads/program_call.ts";
import { SavedContent } from "../../../src/manager/reloads/saved_content.ts";
import { until } from "../../e2e/until.ts";
import { tempDirectory } from "../../host/temp.ts";
import { settingsOf } from "../settings.ts";

const OCCASION: Occasion = {
  reason: "start",
  reloads: 0,
  baseline: [],
  previous: undefined,
  saved: false,
  beside: false,
};

const SHUTDOWN = {
  status: { kind: "signal", number: 15 },
  reason: "shutdown",
} as const;

function hooksOf(...options: readonly string[]): Hooks {
  const settings = settingsOf("--config=", ...options);
  const { configs } = settings;
  return new Hooks({
    settings,
    calls: new ProgramCalls({ settings, configs, listen: [] }, undefined),
    saved: new SavedContent(undefined, () => {}),
    processes: new Processes(),
    tracing: () => ({}),
    variables: (call, occasion) => call.environment(occasion),
  });
}

const never = new AbortController().signal;

function exists(path: string): true | undefined {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return undefined;
  }
}

Deno.test("hooks: the outcome is that of the exit code, with what was printed", async () => {
  const outcomeOf = (script: string) =>
    hooksOf(`--before-start=sh -c '${script}'`)
      .beforeStart(1, OCCASION, never);
  deepEqual(await outcomeOf("test $FLUSH_MANAGER_REASON = start"), {
    kind: "done",
  });
  deepEqual(await outcomeOf("echo no; exit 3"), {
    kind: "failed",
    detail: "exit status 3",
    tail: ["no"],
  });
  const none = hooksOf("--before-start=./no-such-program");
  equal((await none.beforeStart(1, OCCASION, never)).kind, "failed");
});

Deno.test("hooks: a before-start begins when nothing is left of the one before", async () => {
  await using temp = await tempDirectory();
  const [one, two] = [`${temp.path}/one`, `${temp.path}/two`];
  const hooks = hooksOf(
    `--before-start=sh -c 'test -e ${one} && test ! -e ${two} && exit 0
      trap "sleep 0.2; rm ${two}; exit 1" TERM; : > ${two}; : > ${one}
      while :; do sleep 0.01; done'`,
  );
  const end = new AbortController();
  const first = hooks.beforeStart(1, OCCASION, end.signal);
  await until("the first hook", () => exists(one));
  const second = hooks.beforeStart(2, OCCASION, never);
  end.abort();
  deepEqual(await first, { kind: "withdrawn" });
  deepEqual(await second, { kind: "done" });
});

Deno.test("hooks: an after-exit has the child's variables and how it ended, and can be killed", async () => {
  await using temp = await tempDirectory();
  const told = `${temp.path}/told`;
  const hooks = hooksOf(
    `--after-exit=sh -c 'echo $A $FLUSH_MANAGER_EXIT_CODE $FLUSH_MANAGER_EXIT_SIGNAL $FLUSH_MANAGER_EXIT_REASON > ${told}.new; mv ${told}.new ${told}; exec sleep 300'`,
  );
  const outcome = hooks.afterExit(7, 1, SHUTDOWN, { A: "a" });
  await until("what it was told", () => exists(told));
  equal(Deno.readTextFileSync(told), "a 143 SIGTERM shutdown\n");
  hooks.end(6);
  hooks.end(7);
  deepEqual(await outcome, { kind: "withdrawn" });
});

Deno.test("hooks: closing kills what still runs", async () => {
  await using temp = await tempDirectory();
  const told = `${temp.path}/told`;
  const hooks = hooksOf(`--after-exit=sh -c ': > ${told}; exec sleep 300'`);
  const outcome = hooks.afterExit(1, 1, SHUTDOWN, {});
  await until("its begin", () => exists(told));
  await hooks.close();
  deepEqual(await outcome, { kind: "withdrawn" });
});
