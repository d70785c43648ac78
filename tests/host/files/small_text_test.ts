/** What an operator names is read as a whole, or there is a reason in few words. */
import assert from "node:assert/strict";
import { readSmallText } from "../../../src/host/files/small_text.ts";
import { run, tempDirectory } from "../temp.ts";
import "../loaded_libc.ts";

Deno.test("small_text: the text of a file, up to its limit", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/text`;
  Deno.writeTextFileSync(path, "\ufeffgrün\n");
  assert.equal(readSmallText(path, 9), "grün\n");
  assert.throws(() => readSmallText(path, 8), /^Error: it is over 8 bytes$/);
});

Deno.test("small_text: a kernel file, whose size is 0, is read as a whole", () => {
  assert.match(readSmallText("/proc/self/status", 64 * 1024), /^Pid:\t/m);
});

Deno.test("small_text: what is no file is neither waited for nor read without an end", async () => {
  await using directory = await tempDirectory();
  const path = (name: string) => `${directory.path}/${name}`;
  await run("mkfifo", path("fifo"));
  using _ = Deno.listen({ transport: "unix", path: path("socket") });
  Deno.symlinkSync("fifo", path("link"));
  for (
    const other of [
      path("fifo"),
      path("link"),
      path("socket"),
      directory.path,
      "/dev/zero",
    ]
  ) {
    assert.throws(
      () => readSmallText(other, 10),
      /^Error: it is not a regular file$/,
      other,
    );
  }
  for (const absent of [path("absent"), path("fifo/below")]) {
    assert.throws(
      () => readSmallText(absent, 10),
      /^Error: it does not exist$/,
    );
  }
});
