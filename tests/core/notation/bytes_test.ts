/** Amounts of bytes as text. */
import { equal } from "node:assert/strict";
import { formatBytes } from "../../../src/core/notation/bytes.ts";

const TEXTS: readonly (readonly [number, string])[] = [
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1_610_612_736, "1.5 GiB"],
  [8 * 1024 ** 4, "8 TiB"],
  [2 ** 63, "8 EiB"],
  [2 ** 83, "8388608 EiB"],
];

for (const [bytes, text] of TEXTS) {
  Deno.test(`${bytes} bytes are ${text}`, () => {
    equal(formatBytes(bytes), text);
  });
}
