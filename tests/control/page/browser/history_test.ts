/** Reloads and crashes in one list. */
import assert from "node:assert/strict";
import {
  type Crash,
  crashFromEvent,
  crashFromExit,
  happenings,
  withCrash,
} from "../../../../src/control/page/browser/history.ts";
import { reload, STATUS } from "../../../client/example_status.ts";

const TIME = "2026-01-02T10:00:00.000Z";
const AT = Date.parse(TIME);

Deno.test("an end that nobody has asked for is a crash", () => {
  const event = (from: string, kind = "exited") =>
    crashFromEvent({ time: TIME, from, to: "sweeping", event: kind });
  for (const from of ["running", "draining", "overlapping"]) {
    assert.deepEqual(event(from), { at: AT, detail: undefined });
  }
  assert.equal(event("stopping"), undefined);
  assert.equal(event("running", "timer"), undefined);
  for (
    const data of [null, 1, {}, {
      time: "no",
      from: "running",
      event: "exited",
    }]
  ) {
    assert.equal(crashFromEvent(data), undefined);
  }
});

Deno.test("the last end tells how it was", () => {
  const exit = {
    pid: 9,
    at: TIME,
    code: 3,
    signal: null,
    asked: false,
    uptime_seconds: 1.5,
  };
  const detail = "exit code 3 after 1.5s";
  assert.deepEqual(crashFromExit(exit), { at: AT, detail });
  assert.equal(crashFromExit({ ...exit, asked: true }), undefined);
  assert.equal(crashFromExit(null), undefined);
});

Deno.test("an end that is told of twice is one crash, whoever tells first", () => {
  const bare: Crash = { at: AT, detail: undefined };
  const full: Crash = { at: AT + 3, detail: "SIGKILL" };
  const one = [{ at: AT, detail: "SIGKILL" }];
  assert.deepEqual(withCrash(withCrash([], bare), full), one);
  assert.deepEqual(withCrash(one, bare), one);
  assert.deepEqual(withCrash(one, { at: AT, detail: "SIGKILL" }), one);
});

Deno.test("crashes are in their order, and the oldest are forgotten", () => {
  let crashes: readonly Crash[] = [];
  for (let nth = 30; nth > 0; nth--) {
    crashes = withCrash(crashes, { at: nth * 5_000, detail: undefined });
  }
  assert.equal(crashes.length, 20);
  assert.ok(crashes[0].at < crashes[1].at);
});

Deno.test("the newest is first, and there are 30 at most", () => {
  const status = {
    ...STATUS,
    reload: null,
    unready_reload: null,
    reloads: [1, 2].map((id) =>
      reload(id, { started_at: new Date(AT + id * 10_000).toISOString() })
    ),
  };
  const crash = { at: AT + 15_000, detail: "SIGKILL" };
  const found = happenings(status, [crash]);
  assert.deepEqual(
    found.map(({ key }) => key),
    ["reload-2", `crash-${crash.at}`, "reload-1"],
  );
  const many = Array.from({ length: 40 }, (_, id) => reload(id, {}));
  assert.equal(happenings({ ...status, reloads: many }, []).length, 30);
});
