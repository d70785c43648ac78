/** The invariants that ARCHITECTURE.md states as absences. */
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { VERSION } from "../../src/version.ts";

const ROOT = new URL("../../", import.meta.url);

/** Source files below a folder, by their path from the root. */
function* sources(folder: string): Generator<[string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${name}`;
    if (isDirectory) yield* sources(`${path}/`);
    else yield [path, Deno.readTextFileSync(new URL(path, ROOT))];
  }
}

const imports = (text: string) =>
  [...text.matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(([, path]) => path);

/** Code without comments, so that a rule may be named in one. */
const code = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

Deno.test("the core imports nothing but the core", () => {
  for (const [path, text] of sources("src/core/")) {
    for (const from of imports(text)) {
      assert.match(from, /^\.\/[a-z_]+\.ts$/, path);
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

Deno.test("the host imports no decision: not the app, the command line or the core's steps", () => {
  for (const [path, text] of sources("src/host/")) {
    for (const from of imports(text)) {
      assert.doesNotMatch(
        from,
        /cli|app|supervise|step|starting|running|stopping|sweeping/,
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
  assert.equal(imports(code(main))[0], "./src/host/signals.ts");
});

Deno.test("main.ts has ended when what it loads later imports it", () => {
  const main = Deno.readTextFileSync(new URL("main.ts", ROOT));
  assert.doesNotMatch(code(main), /^\S.*\bawait\b/m);
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

/** Imports of values that are evaluated with the module, as paths from the root. */
function* staticImports(path: string): Generator<string> {
  const text = code(Deno.readTextFileSync(new URL(path, ROOT)));
  const statements = text.matchAll(
    /^(?:import|export)(?! type\b)[^;"]*\sfrom\s+"(\.[^"]+)"|^import "(\.[^"]+)"/gm,
  );
  for (const [, from, bare] of statements) {
    const url = new URL(from ?? bare, new URL(path, ROOT));
    yield url.pathname.slice(ROOT.pathname.length);
  }
}

/** What a start is not done without: one more here is a decision. */
const AT_START = {
  "": "main",
  "src/": "app plain supervise system version",
  "src/cli/": "given options parse reload_defaults scan values",
  "src/core/": "duration exit_codes fraction identity message " +
    "one_line opening placeholders signals start_messages transition",
  "src/host/": "child child_env clock config_paths digest environ errno libc " +
    "libc_paths log posix_spawn presence processes reaping sharing " +
    "signal_mask signals terminal",
};

Deno.test("the first child waits for no more of the program than its start needs", () => {
  const loaded = new Set(["main.ts"]);
  for (const path of loaded) {
    for (const next of staticImports(path)) loaded.add(next);
  }
  const known = Object.entries(AT_START).flatMap(([folder, names]) =>
    names.split(" ").map((name) => `${folder}${name}.ts`)
  );
  assert.deepEqual([...loaded].sort(), known.sort());
});

Deno.test("one version", () => {
  assert.equal(VERSION, config.version);
});
