/** The verdict on a candidate that is used where it is watched. */
import assert from "node:assert/strict";
import { Processes } from "../../../src/host/process/processes.ts";
import { ProgramCalls } from "../../../src/manager/reloads/program_call.ts";
import { unsaved, Vetting } from "../../../src/manager/reloads/vetting.ts";
import "../../host/loaded_libc.ts";
import { tempDirectory } from "../../host/temp.ts";
import { settingsOf } from "../settings.ts";

const verdictOn = (...options: readonly string[]) =>
  verdictOf(vettingOf(...options));

const verdictOf = (vetting: Vetting) =>
  vetting.vet(
    { content: [], previous: undefined },
    1,
    new AbortController().signal,
  );

function vettingOf(...options: readonly string[]): Vetting {
  const settings = settingsOf(...options);
  const { configs } = settings;
  const calls = new ProgramCalls({ settings, configs, listen: [] }, undefined);
  return new Vetting({
    settings,
    calls,
    snapshots: undefined,
    processes: new Processes(),
    tracing: () => ({ TRACEPARENT: "00-trace" }),
  });
}

Deno.test("the check gets the watched path, and its exit code is the verdict", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/config`;
  await Deno.writeTextFile(path, "good");
  const check = (word: string) => [
    ...["--config", path],
    ...["--check-command", `grep -q ${word} {config}`],
  ];
  assert.deepEqual(await verdictOn(...check("good")), { kind: "approved" });
  assert.deepEqual(await verdictOn(...check("bad")), {
    kind: "rejected",
    ground: "check",
    detail: "the check ended with exit status 1",
    tail: [],
  });
});

Deno.test("the check is told which trace it is part of", async () => {
  const check = ["--check-command", `sh -c 'test "$TRACEPARENT" = 00-trace'`];
  assert.deepEqual(await verdictOn("--config=", ...check), {
    kind: "approved",
  });
});

Deno.test("a check that is changed is the next one that runs", async () => {
  const vetting = vettingOf("--config=", "--check-command=true");
  assert.deepEqual(await verdictOf(vetting), { kind: "approved" });
  const { check } = settingsOf("--check-command=false");
  vetting.setCheck(check);
  assert.equal((await verdictOf(vetting)).kind, "rejected");
});

Deno.test("without a check a candidate is approved, unless an environment file cannot be read", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/variables`;
  await Deno.writeTextFile(path, "A=1\n");
  assert.deepEqual(await verdictOn("--config=", "--env-file", path), {
    kind: "approved",
  });
  await Deno.remove(path);
  assert.deepEqual(await verdictOn("--config=", "--env-file", path), {
    kind: "rejected",
    ground: "environment",
    detail: `Cannot read environment file ${path}: it does not exist`,
    tail: [],
  });
});

Deno.test("content that has changed while it was saved is no fault, and a copy that cannot be made is one", () => {
  assert.deepEqual(unsaved({ kind: "moved" }), { kind: "moved" });
  const detail = "no space left";
  assert.deepEqual(unsaved({ kind: "failed", detail }), {
    kind: "unsaved",
    detail,
  });
});
