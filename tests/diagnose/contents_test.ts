/** What goes into the archive, and what does not. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { createRedaction } from "../../src/core/notation/redaction.ts";
import { Contents } from "../../src/diagnose/contents.ts";

Deno.test("all that is taken out is redacted: names, texts and values", () => {
  const contents = new Contents();
  contents.append("b/hunter2.txt", "one hunter2\n");
  contents.append("b/hunter2.txt", "two password=x\n");
  contents.set("a.json", { password: "x", list: ["hunter2"] });
  contents.fault("part hunter2", "why hunter2");
  deepEqual(contents.entries(createRedaction(["hunter2"])), [
    {
      name: "a.json",
      text:
        '{\n  "password": "[redacted]",\n  "list": [\n    "[redacted]"\n  ]\n}\n',
    },
    {
      name: "b/[redacted].txt",
      text: "one [redacted]\ntwo password=[redacted]\n",
    },
    { name: "errors.txt", text: "part [redacted]: why [redacted]\n" },
  ]);
});

Deno.test("a secret in two pieces of one file is found", () => {
  const contents = new Contents();
  contents.append("a.txt", "-----BEGIN PRIVATE KEY-----\n");
  contents.append("a.txt", "hunter2\n");
  const [{ text }] = contents.entries(createRedaction());
  equal(text, "[redacted]");
});

Deno.test("a file is there, and so is a folder with one", () => {
  const contents = new Contents();
  contents.append("folder/a.txt", "");
  ok(contents.has("folder/a.txt"));
  ok(contents.has("folder/"));
  ok(!contents.has("folder"));
  ok(!contents.has("a.txt"));
});
