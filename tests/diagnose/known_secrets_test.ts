/** Which secrets are known: of variables, of their files, tokens and their files. */
import { deepEqual } from "node:assert/strict";
import { knownSecrets } from "../../src/diagnose/known_secrets.ts";
import { tempDirectory } from "../host/temp.ts";

Deno.test("all sources are read, and what cannot be read is passed over", async () => {
  await using directory = await tempDirectory();
  const at = (name: string) => `${directory.path}/${name}`;
  await Deno.writeTextFile(at("file"), "FILE=value-of-file\nSHORT=no\n");
  await Deno.mkdir(at("directory"));
  await Deno.writeTextFile(at("directory/TOKEN"), "value");
  await Deno.writeTextFile(at("broken"), "not a variable\n");
  await Deno.writeTextFile(at("token"), "the-token\n");
  const secrets = knownSecrets({
    variables: [["DB_PASSWORD", "pass"], ["HOME", "/home/somebody"]],
    environmentSources: [
      { kind: "file", path: at("broken") },
      { kind: "file", path: at("file") },
      { kind: "directory", path: at("directory") },
      { kind: "directory", path: at("none") },
    ],
    tokens: ["shown"],
    tokenFiles: [at("none"), "/dev/zero", at("token")],
  });
  deepEqual(secrets, ["pass", "value-of-file", "value", "shown", "the-token"]);
});
