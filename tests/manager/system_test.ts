/** What the event loop is told of a start that fails, at once or later, and of the end of a child. */
import assert from "node:assert/strict";
import {
  EXIT_BUG,
  EXIT_CHECK_FAILED,
  EXIT_OK,
} from "../../src/core/vocabulary/exit_status.ts";
import { awaiting } from "../../src/host/base/maybe_async.ts";
import { Processes } from "../../src/host/process/processes.ts";
import { untraced } from "../../src/manager/reloads/reload_system.ts";
import type { Happening } from "../../src/core/vocabulary/event.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Settings } from "../../src/core/vocabulary/settings.ts";
import { Loop } from "../../src/manager/loop.ts";
import {
  CopyLost,
  type ReloadSystem,
  StartHindered,
  StartRefused,
  StartWithdrawn,
  withoutSafeReloads,
} from "../../src/manager/reloads/reload_system.ts";
import { NO_SLOTS } from "../../src/manager/slot_effects.ts";
import { System } from "../../src/manager/system.ts";
import { QUICK } from "../simulation/stepping.ts";
import { until } from "../host/temp.ts";
import "../host/loaded_libc.ts";
import { settingsOf } from "./settings.ts";

const POLICY = { ...QUICK, configs: [] };

interface Parts {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly reloads: ReloadSystem;
}

/** A manager that has begun, and what its event loop is told. */
function begun({ settings, policy, reloads }: Parts) {
  const told: Happening[] = [];
  const processes = new Processes();
  const system = new System({
    settings,
    policy,
    log: () => {},
    processes,
    reloads,
    slots: NO_SLOTS,
    dispatch: (happening) => {
      told.push(happening);
      loop.dispatch(happening);
    },
    beforeExit: () => {},
    collect: () => {},
    onStalled: () => {},
  });
  const loop = new Loop(system, policy);
  loop.dispatch({ kind: "begin" });
  return { loop, told, processes };
}

/** A manager of which every start fails with this error, after `waiting`. */
function manager(error: Error, waiting: Promise<void> | undefined) {
  const settings = settingsOf();
  const ended: number[] = [];
  const reloads: ReloadSystem = {
    ...withoutSafeReloads(settings, untraced),
    *incarnation() {
      if (waiting !== undefined) yield* awaiting(waiting);
      throw error;
    },
    ended: (run) => ended.push(run),
  };
  return { ...begun({ settings, policy: POLICY, reloads }), ended };
}

for (const how of ["at once", "later"]) {
  const waiting = () => how === "later" ? Promise.resolve() : undefined;

  Deno.test(`a start that fails ${how} is told with why`, async () => {
    const errors = [
      ["refused", new StartRefused("why")],
      ["withdrawn", new StartWithdrawn("why")],
    ] as const;
    for (const [kind, error] of errors) {
      const { loop, told, ended } = manager(error, waiting());
      await loop.done;
      const failure = { kind, detail: "why" };
      assert.deepEqual(told, [{ kind: "spawnFailed", run: 1, failure }]);
      assert.deepEqual(ended, [1]);
    }
  });

  Deno.test(`a start that fails ${how} and may succeed later is tried again`, async () => {
    const { loop, told } = manager(new StartHindered("why"), waiting());
    while (loop.model.state.kind === "spawning") await Promise.resolve();
    const failure = { kind: "transient", detail: "why" };
    assert.deepEqual(told, [{ kind: "spawnFailed", run: 1, failure }]);
    assert.equal(loop.model.state.kind, "retrying");
    loop.dispatch({ kind: "signal", signal: "SIGTERM" });
    assert.equal(await loop.done, EXIT_OK);
  });

  Deno.test(`a start whose copy is lost ${how} goes back to the paths, not for ever`, async () => {
    const { loop, told, ended } = manager(new CopyLost("why"), waiting());
    assert.equal(await loop.done, EXIT_CHECK_FAILED);
    const failures = told.flatMap((one) =>
      one.kind === "spawnFailed" ? [one.failure.kind] : []
    );
    assert.equal(failures.length, ended.length);
    assert.ok(failures.length > 1);
    assert.ok(failures.every((kind) => kind === "lost"));
  });

  Deno.test(`what nobody expects of a start ${how} is a bug, which ends with 70`, async () => {
    const { loop, told, ended } = manager(new TypeError("why"), waiting());
    assert.equal(await loop.done, EXIT_BUG);
    assert.deepEqual(told.map(({ kind }) => kind), ["bug", "spawnFailed"]);
    assert.deepEqual(ended, [1]);
  });
}

for (const foreground of [true, false]) {
  const when = foreground ? "when what has arrived before is heard" : "at once";
  Deno.test(
    `the end of a child is told ${when}, ${
      foreground ? "in" : "without"
    } a shared terminal`,
    async () => {
      const policy = { ...POLICY, foreground };
      const settings = { ...settingsOf(), command: "true" };
      const reloads = withoutSafeReloads(settings, untraced);
      const { loop, told, processes } = begun({ settings, policy, reloads });
      const pidTold = () =>
        told.flatMap((one) => one.kind === "spawned" ? [one.pid] : []).at(0);
      const isEndTold = () => told.some(({ kind }) => kind === "exited");
      await until("it runs", () => pidTold() !== undefined);
      const pid = pidTold() ?? 0;
      await until("it has ended", () => {
        processes.collect();
        return !processes.isManaged(pid);
      });
      assert.equal(isEndTold(), !foreground);
      await until("its end is told", isEndTold);
      await loop.done;
    },
  );
}
