/** The settings file on disk: what keeps it from being read. */
import assert from "node:assert/strict";
import { UsageError } from "../../src/cli/values/basic.ts";
import {
  SETTINGS_MAX_BYTES,
  textOf,
} from "../../src/settings/settings_file.ts";
import { tempDirectory } from "../host/temp.ts";
import "../host/loaded_libc.ts";

function refusal(path: string): string {
  try {
    textOf(path);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error("it was read");
}

Deno.test("a settings file is read up to its limit", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/f.yaml`;
  const text = "splay: 1s\n";
  Deno.writeTextFileSync(path, text.padEnd(SETTINGS_MAX_BYTES, "#"));
  assert.equal(textOf(path).length, SETTINGS_MAX_BYTES);
  Deno.writeTextFileSync(path, "#", { append: true });
  assert.equal(
    refusal(path),
    `Cannot read settings file ${path}: it has more than 256 KiB`,
  );
});

Deno.test("a settings file that is none is refused with the reason", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/f.yaml`;
  const why = (reason: string) =>
    `Cannot read settings file ${path}: ${reason}`;
  assert.equal(refusal(path), why("no such regular file"));
  Deno.mkdirSync(path);
  assert.equal(refusal(path), why("no such regular file"));
  Deno.removeSync(path);
  assert.ok(
    (await new Deno.Command("mkfifo", { args: [path] }).output()).success,
  );
  assert.equal(refusal(path), why("no such regular file"));
  Deno.removeSync(path);
  Deno.writeFileSync(path, new Uint8Array([0x61, 0x3a, 0x20, 0xff]));
  assert.equal(refusal(path), why("it is not UTF-8"));
  Deno.writeFileSync(path, new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]));
  // It is refused with its place, by who reads the text.
  assert.equal(textOf(path), "\uFEFF{}");
});
