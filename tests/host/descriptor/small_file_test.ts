/** Files that are read through libc: whole up to a bound, in UTF-8. */
import { equal } from "node:assert/strict";
import { readKernelFile } from "../../../src/host/descriptor/small_file.ts";
import "../loaded_libc.ts";
import { tempDirectory } from "../temp.ts";

Deno.test("a file is read to its end or to the bound, and none is undefined", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const text = `${"line ü\n".repeat(10_000)}end`;
  await Deno.writeTextFile(path, text);
  equal(readKernelFile(path, 1024 * 1024), text);
  equal(readKernelFile(path, 11), "line ü\nlin");
  equal(readKernelFile(`${path}.none`, 11), undefined);
  equal(readKernelFile(directory.path, 11), undefined);
});

Deno.test("files of the kernel, which tell no size, are read too", () => {
  const status = readKernelFile(`/proc/${Deno.pid}/status`, 1024 * 1024) ?? "";
  equal(/^Pid:\t(\d+)$/m.exec(status)?.[1], String(Deno.pid));
});
