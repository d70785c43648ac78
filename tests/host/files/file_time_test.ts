/** Timestamps of files as numbers. */
import { equal } from "node:assert/strict";
import { fileTimeMs } from "../../../src/host/files/file_time.ts";

Deno.test("every time of a file is a number that equals itself", () => {
  equal(fileTimeMs(new Date(1_500)), 1_500);
  equal(fileTimeMs(new Date(-1)), -1);
  equal(fileTimeMs(null), 0);
  equal(fileTimeMs(new Date(9e15)), Infinity);
});
