/** What `flush-manager check` says of options that stand for themselves. */
import assert from "node:assert/strict";
import { checkOptions } from "../../src/check/options.ts";
import { settingsOf } from "../manager/settings.ts";

const linesOn = (subject: string, ...options: readonly string[]): string[] =>
  checkOptions(settingsOf("--config=/c", ...options))
    .map(({ text }) => text)
    .filter((text) => text.startsWith(subject));

Deno.test("check: nothing is said of a fleet where there is none", () => {
  assert.deepEqual(linesOn("fleet"), []);
});

Deno.test("check: how reloads take turns, and what happens when nobody can be asked", () => {
  assert.deepEqual(linesOn("fleet", "--fleet=web"), [
    "fleet: web, 1 reload at a time by Leases",
    "fleet unreachable: a reload goes on without a slot after 5m0s",
  ]);
  const options = [
    "--fleet=web",
    "--fleet-dir=/run/fleet",
    "--fleet-limit=3",
    "--fleet-unreachable=hold",
    "--snapshot-dir=/copies",
    "--fleet-soak=1m",
  ];
  assert.deepEqual(linesOn("fleet", ...options), [
    "fleet: web, 3 reloads at a time by files in /run/fleet; one manager proves new content first, for 1m0s",
    "fleet unreachable: a reload waits until it can be asked",
  ]);
  assert.deepEqual(
    linesOn("fleet members", "--fleet=web", "--kubernetes-members"),
    ["fleet members: shown to each other by a Lease for each pod"],
  );
});

Deno.test("check: what is told on the pod", () => {
  assert.deepEqual(linesOn("reloads are told"), []);
  assert.deepEqual(
    linesOn("reloads", "--kubernetes-events", "--kubernetes-condition"),
    [
      "reloads are told on the pod: by Events and by the condition flush-manager.dev/ConfigCurrent",
    ],
  );
});
