/** What `flush-manager check` prints, and its exit code. */
import assert from "node:assert/strict";
import { answerOfCheck } from "../../src/check/answer.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { unknownVariables } from "../../src/cli/unknown_variables.ts";
import "../host/loaded_libc.ts";

/** A file that is there. */
const HERE = new URL(import.meta.url).pathname;

/** Of a check of a program that is there, with these options. */
function answer(options: readonly string[], unknown: readonly string[] = []) {
  const invocation = parseInvocation(
    ["check", `--config=${HERE}`, ...options, "--", "/bin/sh"],
    () => undefined,
  );
  assert.ok(invocation.kind === "check");
  return answerOfCheck(invocation, unknownVariables(unknown));
}

Deno.test("answer: the findings, then the settings; without a fault it ends with 0", async () => {
  const { text, code } = await answer([]);
  assert.equal(code, 0, text);
  assert.match(text, /^ok: [^]*^set: command /m);
  assert.doesNotMatch(text, /^fault: /m);
});

Deno.test("answer: a misspelt variable is a fault, and ends with 1", async () => {
  const { text, code } = await answer([], ["FLUSH_MANAGER_DEBOUNZE"]);
  assert.equal(code, 1);
  assert.match(text, /^fault: .*FLUSH_MANAGER_DEBOUNZE/m);
});

Deno.test("answer: a variable that resembles none of ours is noted", async () => {
  const { text, code } = await answer([], ["FLUSH_MANAGER_ZZZ"]);
  assert.equal(code, 0, text);
  assert.match(text, /^note: .*FLUSH_MANAGER_ZZZ/m);
});

Deno.test("answer: in JSON the same findings and code", async () => {
  const unknown = ["FLUSH_MANAGER_DEBOUNZE"];
  const { text, code } = await answer(["--output=json"], unknown);
  assert.equal(code, 1);
  const faults = JSON.parse(text).findings
    .filter(({ kind }: { kind: string }) => kind === "fault");
  assert.equal(faults.length, 1);
  assert.match(faults[0].text, /FLUSH_MANAGER_DEBOUNZE/);
});
