/** Which variables are told of as misspelt. */
import assert from "node:assert/strict";
import { environmentName, OPTION_NAMES } from "../../src/cli/options.ts";
import {
  TOLD_VARIABLES,
  unknownVariables,
} from "../../src/cli/unknown_variables.ts";

Deno.test("a variable that no option has is told of, with the one that was meant", () => {
  const table: [name: string, meant: string | undefined][] = [
    ["FLUSH_MANAGER_STOP_TIMOUT", "FLUSH_MANAGER_STOP_TIMEOUT"],
    ["FLUSH_MANAGER_LOGLEVEL", "FLUSH_MANAGER_LOG_LEVEL"],
    ["FLUSH_MANAGER_CONFIGS", "FLUSH_MANAGER_CONFIG"],
    ["FLUSH_MANAGER_CONFIG_FILE", "FLUSH_MANAGER_CONFIG"],
    ["flush_manager_grace_period", "FLUSH_MANAGER_STOP_TIMEOUT"],
    ["FLUSH_MANAGER_DRY_RUN", undefined],
    ["flush_manager_splay", "FLUSH_MANAGER_SPLAY"],
    ["FLUSH_MANAGER_stop_signal", "FLUSH_MANAGER_STOP_SIGNAL"],
    ["FLUSH_MANAGER_", undefined],
    ["FLUSH_MANAGER_TRULY_SOMETHING_ELSE", undefined],
  ];
  for (const [name, meant] of table) {
    assert.deepEqual(unknownVariables(["PATH", name]), [{ name, meant }]);
  }
});

Deno.test("what an option reads and what others are called is not told of", () => {
  const others = ["PATH", "FLUSH_MANAGERS", "MY_FLUSH_MANAGER_X", "FLUSH", ""];
  const read = OPTION_NAMES.map(environmentName);
  assert.deepEqual(unknownVariables([...others, ...read]), []);
});

Deno.test("what a manager tells its child is not told of: that may be a manager", () => {
  assert.deepEqual(unknownVariables([...TOLD_VARIABLES]), []);
});

Deno.test("every variable that is named in the source is read or told", async () => {
  const known = new Set([
    ...OPTION_NAMES.map(environmentName),
    ...TOLD_VARIABLES,
  ]);
  const named = await variablesIn(new URL("../../src/host/", import.meta.url));
  assert.ok(named.size > 3);
  for (const name of named) assert.ok(known.has(name), name);
});

/** In code, not in comments. */
async function variablesIn(folder: URL): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = new URL(isDirectory ? `${name}/` : name, folder);
    const names = isDirectory
      ? await variablesIn(path)
      : (await Deno.readTextFile(path))
        .replace(/^\s*(?:\/\/|\/?\*).*$/gm, "")
        .match(/\bFLUSH_MANAGER_[A-Z0-9_]+\b/g) ?? [];
    for (const one of names) found.add(one);
  }
  return found;
}

Deno.test("what Kubernetes sets for a Service of that name is not told of", () => {
  const links = (prefix: string) =>
    [
      "SERVICE_HOST",
      "SERVICE_PORT",
      "SERVICE_PORT_HTTP",
      "PORT",
      "PORT_9913_TCP",
      "PORT_9913_TCP_PROTO",
      "PORT_9913_TCP_PORT",
      "PORT_9913_TCP_ADDR",
    ].map((name) => `${prefix}_${name}`);
  const ours = links("FLUSH_MANAGER");
  const metrics = links("FLUSH_MANAGER_METRICS");
  assert.deepEqual(unknownVariables([...ours, ...metrics]), []);
  assert.deepEqual(
    unknownVariables(["FLUSH_MANAGER_CONTROL_PORT"]).map(({ name }) => name),
    ["FLUSH_MANAGER_CONTROL_PORT"],
    "without such a Service it is a mistake",
  );
});
