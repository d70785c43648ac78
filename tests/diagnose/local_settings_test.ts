/** Whose settings are taken where no manager answers. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { UsageError } from "../../src/cli/values/basic.ts";
import { clientAddress } from "../../src/cli/values/client_address.ts";
import { localSettings } from "../../src/diagnose/local_settings.ts";

type Env = Readonly<Record<string, string>>;

function found(
  address: string,
  processes: Readonly<Record<number, string>>,
  env: Env = {},
) {
  const { pid, settings } = localSettings(clientAddress(address), {
    pids: Object.keys(processes).map(Number),
    argumentsOf: (pid) => processes[pid].split(" "),
    environment: (name) => env[name],
  });
  return [pid, ...settings.configs.map(({ path }) => path)];
}

Deno.test("the only manager is taken, and the one at the address of several", () => {
  const one = { 7: "--config=/a -- app" };
  deepEqual(found("unix:/x", one), [7, "/a"]);
  const two = {
    7: "--config=/a --control=unix:/x -- app",
    8: "--config=/b --control=tcp:127.0.0.1:90 -- app",
    9: "--config=/c -- app",
  };
  deepEqual(found("unix:/x", two), [7, "/a"]);
  deepEqual(found("tcp:host:90", two), [8, "/b"]);
  deepEqual(found("auto", two), [9, "/c"]);
});

Deno.test("what asks a manager is none, and what cannot be read is passed over", () => {
  const others = { 5: "status", 6: "diagnose -o x", 7: "--nonsense" };
  equal(found("auto", others)[0], undefined);
  deepEqual(found("auto", { ...others, 8: "--config=/a app" }), [8, "/a"]);
});

Deno.test("the environment is that of both, and is all that is left", () => {
  const env = { FLUSH_MANAGER_CONFIG: "/e" };
  deepEqual(found("auto", { 7: "app" }, env), [7, "/e"]);
  deepEqual(found("auto", {}, env), [undefined, "/e"]);
  deepEqual(found("unix:/x", { 7: "app", 8: "app" }, env), [undefined, "/e"]);
  throws(
    () => found("auto", {}, { FLUSH_MANAGER_DEBOUNCE: "never" }),
    UsageError,
  );
});
