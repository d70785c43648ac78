/** The invariants that ARCHITECTURE.md states as absences. */
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { VERSION } from "../../src/manager/version.ts";

const ROOT = new URL("../../", import.meta.url);

/** Source files below a folder, by their path from the root. */
function* sources(folder: string): Generator<[string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${name}`;
    if (isDirectory) yield* sources(`${path}/`);
    else if (name.endsWith(".ts")) {
      yield [path, Deno.readTextFileSync(new URL(path, ROOT))];
    }
  }
}

const imports = (text: string) =>
  [...text.matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(([, path]) => path);

/** The modules of this repository that a module imports, types included, as paths from the root. */
const importedPaths = (path: string, text: string) =>
  imports(code(text))
    .filter((from) => from.startsWith("."))
    .map((from) => new URL(from, new URL(path, ROOT)).pathname)
    .map((pathname) => pathname.slice(ROOT.pathname.length));

const folderOf = (path: string) => path.replace(/\/[^/]+$/, "");

/** Code without comments, so that a rule may be named in one. */
const code = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

Deno.test("the core imports nothing but the core", () => {
  for (const [path, text] of sources("src/core/")) {
    for (const from of imports(text)) {
      assert.match(from, /^\.{1,2}\/[a-z_/.]+\.ts$/, path);
    }
    for (const imported of importedPaths(path, text)) {
      assert.match(imported, /^src\/core\/[a-z_/]+\.ts$/, path);
    }
  }
});

Deno.test("the core knows neither the runtime nor a clock nor chance", () => {
  const forbidden =
    /\b(Deno|Date\.now|new Date\(\)|performance|Math\.random|setTimeout|setInterval|console|globalThis)\b|\bprocess\.(env|exit|pid|argv|kill)/;
  for (const [path, text] of sources("src/core/")) {
    assert.doesNotMatch(code(text), forbidden, path);
  }
});

Deno.test("the host imports no decision: of the core its words, and nothing of the command line or the manager", () => {
  for (const [path, text] of sources("src/host/")) {
    for (const imported of importedPaths(path, text)) {
      assert.match(
        imported,
        /^src\/(host|core\/(vocabulary|notation|text))\//,
        path,
      );
    }
  }
});

Deno.test("the command line imports the core alone, and no decision of it", () => {
  for (const [path, text] of sources("src/cli/")) {
    for (const imported of importedPaths(path, text)) {
      assert.match(
        imported,
        /^src\/(cli|core\/(vocabulary|notation))\//,
        path,
      );
    }
  }
});

Deno.test("only main.ts exits, and it imports the signals first", () => {
  for (const [path, text] of sources("src/")) {
    assert.doesNotMatch(code(text), /Deno\.exit/, path);
  }
  const main = Deno.readTextFileSync(new URL("main.ts", ROOT));
  assert.equal(imports(code(main))[0], "./src/host/signal/listeners.ts");
});

Deno.test("main.ts awaits nothing at its top: to run out of things to wait for is a bug of ours", () => {
  const main = Deno.readTextFileSync(new URL("main.ts", ROOT));
  assert.doesNotMatch(code(main), /^\S.*\bawait\b/m);
});

Deno.test("no module of Node.js is imported, but types", () => {
  const main = Deno.readTextFileSync(new URL("main.ts", ROOT));
  for (const [path, text] of [["main.ts", main], ...sources("src/")]) {
    const imported = code(text).matchAll(
      /^(?:import|export)\s(?!type\s)[^;]*"node:[^"]+";/gm,
    );
    assert.deepEqual([...imported].map(([line]) => line), [], path);
  }
});

Deno.test("a client loads nothing of the manager, nor of the host: its words and itself", () => {
  for (const [path, text] of sources("src/client/")) {
    for (const imported of importedPaths(path, text)) {
      assert.match(
        imported,
        /^src\/(client|cli|core\/(vocabulary|notation)|control\/vocabulary)\//,
        path,
      );
    }
  }
});

Deno.test("nothing waits for a signal that can be collected as garbage meanwhile", () => {
  for (const [path, text] of sources("src/")) {
    assert.doesNotMatch(code(text), /AbortSignal\.any/, path);
  }
});

Deno.test("what is imported dynamically is a subject that not every manager needs", () => {
  const main = Deno.readTextFileSync(new URL("main.ts", ROOT));
  const found = [["main.ts", main] as const, ...sources("src/")]
    .flatMap(([path, text]) =>
      [...code(text).matchAll(/\bimport\(\s*"([^"]+)"/g)]
        .map(([, from]) => `${path} -> ${from}`)
    );
  // A directory has no order of its own.
  assert.deepEqual(found.sort(), [
    "main.ts -> ./src/check/answer.ts",
    // Subcommands and help are read and written by what no manager loads.
    "main.ts -> ./src/cli/client_call.ts",
    "main.ts -> ./src/cli/completion/completion.ts",
    "main.ts -> ./src/cli/usage.ts",
    "main.ts -> ./src/client/call_manager.ts",
    // It reads /proc and runs the checks itself: other subcommands do not load that.
    "main.ts -> ./src/diagnose/diagnose.ts",
    "main.ts -> ./src/install/install.ts",
    "main.ts -> ./src/settings/settings_source.ts",
    "src/control/routes/routes.ts -> ../page/document.ts",
    "src/manager/follower.ts -> ../control/journal/follower.ts",
    "src/manager/follower.ts -> ../control/traces/open_traces.ts",
    "src/manager/follower.ts -> ../kubernetes/pod/open_pod_reports.ts",
    "src/manager/open_reloads.ts -> ./reloads/safe_reloads.ts",
    "src/manager/supervise.ts -> ../fleet/open_fleet.ts",
    "src/manager/supervise.ts -> ./control.ts",
    // Only below a service manager.
    "src/manager/supervise.ts -> ./service.ts",
  ]);
});

Deno.test("the page in a browser imports words, and nothing that needs the runtime", () => {
  for (const [path, text] of sources("src/control/page/browser/")) {
    assert.doesNotMatch(code(text), /\bDeno\b/, path);
    for (const imported of importedPaths(path, text)) {
      assert.match(
        imported,
        /^src\/(control\/(page\/browser|vocabulary)|client\/(text|answer)|core\/notation)\//,
        path,
      );
    }
  }
});

Deno.test("only the page knows a document", () => {
  for (const [path, text] of sources("src/")) {
    if (path.startsWith("src/control/page/")) continue;
    assert.doesNotMatch(text, /reference lib=/, path);
    assert.doesNotMatch(code(text), /\b(document|window)\.(?!ts")/, path);
  }
});

Deno.test("no signal listener is ever removed", () => {
  for (const [path, text] of sources("src/")) {
    assert.doesNotMatch(code(text), /removeSignalListener/, path);
  }
});

Deno.test("nothing but main.ts writes to a stream synchronously, and nothing uses the console", () => {
  for (const [path, text] of sources("src/")) {
    assert.doesNotMatch(code(text), /writeSync|console\./, path);
  }
});

/** Every folder of src, from the lowest floor up: a module may import from its own folder and from those before it. */
const FLOORS = [
  "src/core/vocabulary",
  "src/core/notation",
  "src/core/text",
  "src/core/change",
  "src/core/rules",
  "src/core/transition",
  "src/core/fleet",
  "src/core/child",
  "src/core/childless",
  "src/core/termination",
  "src/core/launch",
  "src/core/overlap",
  "src/core/reload",
  "src/core",
  "src/cli/values",
  "src/cli",
  "src/cli/completion",
  "src/cli/settings_file",
  "src/host/base",
  "src/host/libc",
  "src/host/descriptor",
  "src/host/signal",
  "src/host/process",
  "src/host/files",
  "src/host/fingerprint",
  "src/host/watch",
  "src/host/snapshot",
  "src/host/environment",
  "src/host/socket",
  "src/host/ask",
  "src/host/ready",
  "src/host/log",
  "src/control/vocabulary",
  "src/control/journal/entries",
  "src/control/journal/reloads",
  "src/control/journal",
  "src/control/traces",
  "src/control/status",
  "src/control/facts",
  "src/control/metrics",
  "src/control/page",
  "src/control/server",
  "src/control/routes",
  "src/control",
  "src/client/answer",
  "src/client/text",
  "src/control/page/browser",
  "src/client",
  "src/settings",
  "src/kubernetes/api",
  "src/kubernetes",
  "src/kubernetes/pod",
  "src/fleet/slots",
  "src/fleet/leases",
  "src/fleet/directory",
  "src/fleet/seeker",
  "src/fleet",
  "src/manager/reloads",
  "src/manager",
  "src/check",
  "src/install",
  "src/diagnose",
];

Deno.test("every module is in a folder of the list, and imports look down", () => {
  const upwards = [];
  for (const [path, text] of sources("src/")) {
    const floor = FLOORS.indexOf(folderOf(path));
    assert.notEqual(floor, -1, path);
    for (const imported of importedPaths(path, text)) {
      const below = FLOORS.indexOf(folderOf(imported));
      assert.notEqual(below, -1, `${path} -> ${imported}`);
      if (below > floor) upwards.push(`${path} -> ${imported}`);
    }
  }
  assert.deepEqual(upwards, []);
});

/** The way from a module back to itself, if there is one. */
function circle(
  from: string,
  imported: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[from]];
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of imported.get(way.at(-1) ?? "") ?? []) {
      if (next === from) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

Deno.test("no module imports itself by way of others, not for a type either", () => {
  const imported = new Map(
    [...sources("src/")].map(([path, text]) =>
      [path, importedPaths(path, text)] as const
    ),
  );
  for (const path of imported.keys()) {
    assert.equal(circle(path, imported)?.join(" -> "), undefined);
  }
});

Deno.test("every folder of the list is there, and none is listed twice", () => {
  const there = new Set([...sources("src/")].map(([path]) => folderOf(path)));
  assert.deepEqual([...there].sort(), [...FLOORS].sort());
});

Deno.test("one version", () => {
  assert.equal(VERSION, config.version);
});
