/** Which entries of a watched directory count. */
import assert from "node:assert/strict";
import { LITTER } from "../../../src/cli/values/glob.ts";
import { Selection } from "../../../src/host/fingerprint/selection.ts";

const left = (selection: Selection, labels: readonly string[]) =>
  labels.filter((label) =>
    selection.leavesOut(label.slice(label.lastIndexOf("/") + 1), label)
  );

Deno.test("a pattern without a slash is for the name of any entry", () => {
  const selection = new Selection(["*.bak", "cache"]);
  const labels = ["a.bak", "s/b.bak", "s/cache", "cache", "a.bak.yaml"];
  assert.deepEqual(left(selection, labels), labels.slice(0, 4));
});

Deno.test("a slash ties a pattern to the watched directory", () => {
  const selection = new Selection(["/top", "s/*.tmp", "deep/**/x"]);
  assert.deepEqual(
    left(selection, [
      ...["top", "s/top", "s/a.tmp", "s/t/a.tmp", "a.tmp"],
      ...["deep/x", "deep/a/b/x", "deep/a/y"],
    ]),
    ["top", "s/a.tmp", "deep/x", "deep/a/b/x"],
  );
});

Deno.test("a final slash is for directories alone", () => {
  const selection = new Selection(["node_modules/", "/build/"]);
  const labels = ["node_modules", "s/node_modules", "build", "s/build"];
  assert.deepEqual(left(selection, labels), []);
  const directories = labels.filter((label) =>
    selection.leavesOutDirectory(label.slice(label.lastIndexOf("/") + 1), label)
  );
  assert.deepEqual(directories, ["node_modules", "s/node_modules", "build"]);
});

Deno.test("a name may hold anything, and the pattern is still for all of it", () => {
  const selection = new Selection(["a?b", "*.bak"]);
  assert.deepEqual(left(selection, ["a\nb", "x\ny.bak", "a.bak\n"]), [
    "a\nb",
    "x\ny.bak",
  ]);
});

Deno.test("of a path by pattern, its names count, and all below a directory that matches", () => {
  const selection = new Selection(["*~"], "*.d");
  assert.deepEqual(
    left(selection, ["a.d", "a.yaml", ".a.d", "a.d/b.yaml", "a.d/b~", "a.d~"]),
    ["a.yaml", ".a.d", "a.d/b~", "a.d~"],
  );
  assert.deepEqual(left(new Selection([], ".*.d"), [".a.d", "a.d"]), ["a.d"]);
});

Deno.test("the default list leaves out litter, and nothing that may be a configuration", () => {
  const selection = new Selection(LITTER);
  const litter = [
    ...[".app.conf.swp", ".app.conf.swo", ".app.conf.swx", "x.swp", "4913"],
    ...["app.conf~", ".#app.conf", "#app.conf#", ".app.conf.kate-swp"],
    ...[".goutputstream-X1Y2Z3", "a.yaml___jb_tmp___", "a.yaml___jb_old___"],
    ...["a.pyc", "s/a.pyo", ".nfs000000000000a1b200000001", ".DS_Store"],
  ];
  assert.deepEqual(left(selection, litter), litter);
  assert.equal(
    selection.leavesOutDirectory("__pycache__", "s/__pycache__"),
    true,
  );
  const kept = [
    ...["app.conf", "a.yaml", ".env", ".htaccess", "a.py", "a.swift", ".a.swf"],
    ...[
      "4913.conf",
      "49130",
      "#a",
      ".git",
      "a.tmp",
      "a.bak",
      "a.orig",
      "a.old",
    ],
    ...["node_modules", "__pycache__", "tls.key", "..data", "..2026_01_31"],
    ...["ca-bundle.crt", "sw.conf", ".netrc", ".nfsrc", "config", "core", "0"],
  ];
  assert.deepEqual(left(selection, kept), []);
  assert.equal(selection.leavesOutDirectory("conf.d", "conf.d"), false);
});
