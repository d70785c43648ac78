/** Whose settings are taken where no manager answers. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { UsageError } from "../../src/cli/values/basic.ts";
import { clientAddress } from "../../src/cli/values/client_address.ts";
import { localSettings } from "../../src/diagnose/local_settings.ts";

const NONE = "no manager was found";

type Env = Readonly<Record<string, string>>;

function found(
  address: string,
  processes: Readonly<Record<number, string>>,
  env: Env = {},
  files: Env = {},
) {
  const { settings, source } = localSettings(clientAddress(address), {
    pids: Object.keys(processes).map(Number),
    argumentsOf: (pid) => processes[pid].split(" "),
    directoryOf: (pid) => pid === 9 ? undefined : `/of/${pid}`,
    environment: (name) => env[name],
    settingsText: (path) => {
      const text = files[path];
      if (text === undefined) throw new UsageError(`no file ${path}`);
      return text;
    },
  });
  const from = source.kind === "process" ? source.pid : source.why;
  return [from, ...settings.configs.map(({ path }) => path)];
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
  equal(found("auto", others)[0], NONE);
  deepEqual(found("auto", { ...others, 8: "--config=/a app" }), [8, "/a"]);
});

Deno.test("the environment is that of both, and is all that is left", () => {
  const env = { FLUSH_MANAGER_CONFIG: "/e" };
  deepEqual(found("auto", { 7: "app" }, env), [7, "/e"]);
  deepEqual(found("auto", {}, env), [NONE, "/e"]);
  deepEqual(found("unix:/x", { 7: "app", 8: "app" }, env), [
    "several managers were found, and none has this address by its options",
    "/e",
  ]);
  deepEqual(found("auto", { 7: "app", 8: "app" }, env), [
    "several managers have this address by their options",
    "/e",
  ]);
  throws(
    () => found("auto", {}, { FLUSH_MANAGER_DEBOUNCE: "never" }),
    UsageError,
  );
});

Deno.test("a settings file is read, from the working directory of its manager", () => {
  const files = {
    "/of/7/a.yaml": "config: /a\ncontrol: unix:/x\ncommand: app",
    "/b.yaml": "config: /b\ncommand: app",
    [`${Deno.cwd()}/a.yaml`]: "config: /here\ncommand: app",
  };
  const of = (
    address: string,
    processes: Readonly<Record<number, string>>,
    env: Env = {},
  ) => found(address, processes, env, files);
  deepEqual(of("auto", { 7: "--settings=a.yaml" }), [7, "/a"]);
  deepEqual(of("auto", { 7: "--settings /b.yaml --config /c" }), [7, "/c"]);
  const two = { 6: "--settings=/b.yaml", 7: "--settings=a.yaml" };
  deepEqual(of("unix:/x", two), [7, "/a"]);
  // Its working directory cannot be seen: that of diagnose may be the same.
  deepEqual(of("auto", { 9: "--settings=a.yaml" }), [9, "/here"]);
  const env = { FLUSH_MANAGER_SETTINGS: "a.yaml" };
  deepEqual(of("unix:/x", { 5: "status", 7: "--" }, env), [7, "/a"]);
  deepEqual(of("unix:/x", {}, env), [NONE, "/here"]);
  equal(of("auto", { 8: "--settings=/b.yaml check" })[0], NONE);
});

Deno.test("a process that ends while it is looked at is no manager", () => {
  for (const file of ["a.yaml", "missing.yaml"]) {
    const looks = { 7: 0, 8: 0 };
    const { source } = localSettings(clientAddress("unix:/x"), {
      pids: [7, 8],
      argumentsOf: (pid) => {
        const isFirst = looks[pid as 7 | 8]++ === 0;
        if (pid === 8) return ["--config=/b", "--control=unix:/x", "app"];
        return isFirst ? [`--settings=${file}`] : undefined;
      },
      directoryOf: () => undefined,
      environment: () => undefined,
      settingsText: (path) => {
        if (path.endsWith("missing.yaml")) throw new UsageError("no file");
        return "config: /a\ncontrol: unix:/x\ncommand: app";
      },
    });
    deepEqual(source, { kind: "process", pid: 8 }, file);
  }
});

Deno.test("a settings file that cannot be used is told of, without what it says", () => {
  const bad = { "/bad.yaml": "debounce: hunter2\nenv: {A: hunter2}" };
  const refused = (processes: Readonly<Record<number, string>>, env: Env) => {
    try {
      return found("auto", processes, env, bad);
    } catch (error) {
      return error instanceof UsageError ? error.message : error;
    }
  };
  const why =
    "Cannot use settings file /bad.yaml: flush-manager check --settings /bad.yaml says why";
  equal(refused({ 7: "--settings=/bad.yaml" }, {}), why);
  equal(refused({}, { FLUSH_MANAGER_SETTINGS: "/bad.yaml" }), why);
  equal(refused({ 7: "--settings=none" }, {}), "no file /of/7/none");
});
