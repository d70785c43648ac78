/** How full a file system is, as df(1) tells it. */
import { equal, ok } from "node:assert/strict";
import {
  fileSystemCalls,
  fileSystemOf,
} from "../../../src/host/files/file_system.ts";

// Once for the whole process: the resource sanitizer counts libraries per test.
fileSystemCalls();

Deno.test("bytes and inodes are those that df tells", async () => {
  const df = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("df", {
      args: [...args, "--output=size,itotal", "--block-size=1", "/"],
    }).output();
    const [, line] = new TextDecoder().decode(stdout).trim().split("\n");
    return line.trim().split(/\s+/).map(Number);
  };
  const system = await fileSystemOf("/");
  ok(system !== undefined);
  const [totalBytes, files] = await df();
  equal(system.totalBytes, totalBytes);
  equal(system.files, files);
  ok(system.availableBytes <= totalBytes && system.availableBytes >= 0);
  ok(system.freeFiles <= files);
});

Deno.test("a path that is not there has none", async () => {
  equal(await fileSystemOf("/no/such/path"), undefined);
});
