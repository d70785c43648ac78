/** What `flush-manager check` finds without a start. */
import assert from "node:assert/strict";
import { check } from "../../src/check/report.ts";
import "../host/loaded_libc.ts";
import { settingsOf } from "../manager/settings.ts";
import { tempDirectory } from "../host/temp.ts";

const faultsOf = async (...options: readonly string[]): Promise<string[]> => {
  const findings = await check(
    settingsOf("--config=/etc/hostname", ...options),
  );
  return findings.filter(({ kind }) => kind === "fault")
    .map(({ text }) => text)
    .filter((text) => text.includes("fleet"));
};

Deno.test("check: a fleet directory that is there is no fault, and nothing is written in it", async () => {
  await using temp = await tempDirectory();
  assert.deepEqual(
    await faultsOf("--fleet=web", `--fleet-dir=${temp.path}`),
    [],
  );
  assert.deepEqual([...Deno.readDirSync(temp.path)], []);
});

Deno.test("check: one that is missing, or a file, is", async () => {
  await using temp = await tempDirectory();
  const file = `${temp.path}/file`;
  Deno.writeTextFileSync(file, "");
  const missing = `${temp.path}/missing`;
  assert.deepEqual(await faultsOf("--fleet=web", `--fleet-dir=${missing}`), [
    `Cannot use the fleet directory ${missing}: it does not exist; make it first`,
  ]);
  assert.deepEqual(await faultsOf("--fleet=web", `--fleet-dir=${file}`), [
    `Cannot use the fleet directory ${file}: it is no directory`,
  ]);
});

Deno.test("check: so is one that cannot be looked at", async () => {
  await using temp = await tempDirectory();
  const loop = `${temp.path}/loop`;
  Deno.symlinkSync(loop, loop);
  const [fault] = await faultsOf("--fleet=web", `--fleet-dir=${loop}`);
  assert.match(fault, /^Cannot use the fleet directory \S+: .*symbolic links/);
});

Deno.test("check: so is a place that is no pod, without a directory", async () => {
  const [fault] = await faultsOf("--fleet=web");
  assert.match(fault, /^Cannot use --fleet web: .* no pod .*--fleet-dir$/);
});
