/** Durations, signals and exit codes, by tables. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatDuration,
  parseDuration,
} from "../../src/core/notation/duration.ts";
import {
  describeStatus,
  exitCodeAfterStop,
  exitCodeOf,
} from "../../src/core/vocabulary/exit_status.ts";
import {
  HEARD,
  parseSignal,
  SIGNAL_NUMBERS,
  SIGNALS,
} from "../../src/core/vocabulary/signals.ts";

Deno.test("durations are read in Go's notation and nothing else", () => {
  const table: [string, number | undefined][] = [
    ["500ms", 500],
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["1.5s", 1_500],
    ["2h", 7_200_000],
    ["0", 0],
    ["0s", 0],
    ["1h0m0.5s", 3_600_500],
    ["", undefined],
    ["5", undefined],
    ["-1s", undefined],
    ["1d", undefined],
    ["s", undefined],
    ["1s ", undefined],
    ["1e3ms", undefined],
    ["99999999999999999999h", undefined],
  ];
  for (const [text, ms] of table) assert.equal(parseDuration(text), ms, text);
});

Deno.test("what a duration looks like is what this expression says", () => {
  const form = /^(\d+(\.\d+)?(ms|s|m|h))+$/;
  const unitMs: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 36e5 };
  const part = fc.constantFrom(
    ..."0123456789.msh",
    ..."e-+ _\n",
    "ms",
    "١",
    "__proto__",
  );
  const durations = fc.array(
    fc.tuple(
      fc.nat({ max: 9_999 }),
      fc.constantFrom("", ".5", ".125"),
      fc.constantFrom("ms", "s", "m", "h"),
    ).map((words) => words.join("")),
    { minLength: 1, maxLength: 4 },
  ).map((parts) => parts.join(""));
  const texts = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(durations, texts), (text) => {
      if (text === "0") return;
      const parts = form.test(text)
        ? [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g)]
        : undefined;
      if (parts !== undefined) accepted++;
      assert.equal(
        parseDuration(text),
        parts?.reduce((ms, [, n, unit]) => ms + Number(n) * unitMs[unit], 0),
        JSON.stringify(text),
      );
    }),
    { numRuns: 2_000 },
  );
  assert.ok(accepted > 500, `${accepted}`);
});

Deno.test("a duration that was written is read as itself", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (ms) => {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }));
});

Deno.test("signals are read by name with or without SIG, any case, or number", () => {
  for (const text of ["SIGHUP", "HUP", "hup", "sighup", "1"]) {
    assert.equal(parseSignal(text), "SIGHUP", text);
  }
  for (
    const text of ["", "SIG", "0", "32", "SIGRTMIN", "HUP1", "1.0", " HUP"]
  ) {
    assert.equal(parseSignal(text), undefined, text);
  }
  for (const name of SIGNALS) {
    assert.equal(parseSignal(String(SIGNAL_NUMBERS[name])), name);
  }
});

Deno.test("every signal that can be caught is heard", () => {
  const missing = SIGNALS.filter((name) => !HEARD.includes(name));
  assert.deepEqual(missing, [
    "SIGILL",
    "SIGFPE",
    "SIGKILL",
    "SIGSEGV",
    "SIGSTOP",
  ]);
});

Deno.test("exit codes follow the shell's rule", () => {
  for (let code = 0; code <= 255; code++) {
    assert.equal(exitCodeOf({ kind: "code", code }), code);
  }
  assert.equal(exitCodeOf({ kind: "signal", number: 15 }), 143);
  assert.equal(exitCodeOf({ kind: "signal", number: 35 }), 163);
});

Deno.test("an asked stop is 0 only when the child ended with 0 or of the signal it was sent", () => {
  const signal = (number: number) => ({ kind: "signal", number }) as const;
  assert.equal(exitCodeAfterStop({ kind: "code", code: 0 }, "SIGTERM"), 0);
  assert.equal(exitCodeAfterStop({ kind: "code", code: 3 }, "SIGTERM"), 3);
  assert.equal(exitCodeAfterStop({ kind: "code", code: 143 }, "SIGTERM"), 143);
  assert.equal(exitCodeAfterStop(signal(15), "SIGTERM"), 0);
  assert.equal(exitCodeAfterStop(signal(3), "SIGQUIT"), 0);
  assert.equal(exitCodeAfterStop(signal(3), "SIGTERM"), 131);
  assert.equal(exitCodeAfterStop(signal(9), "SIGTERM"), 137);
  assert.equal(exitCodeAfterStop(signal(9), "SIGKILL"), 137);
});

Deno.test("a status is described in Go's words", () => {
  const table: [Parameters<typeof describeStatus>[0], string][] = [
    [{ kind: "code", code: 7 }, "exit status 7"],
    [{ kind: "signal", number: 9 }, "signal: killed"],
    [{ kind: "signal", number: 11 }, "signal: segmentation fault"],
    [{ kind: "signal", number: 40 }, "signal: signal 40"],
  ];
  for (const [status, text] of table) {
    assert.equal(describeStatus(status), text);
  }
});
