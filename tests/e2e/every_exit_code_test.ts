/** All exit codes that a child can have (conformance B1), which takes a while. */
import { equal } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";

/** So many managers at a time keep a small machine busy, not stuck. */
const AT_ONCE = 4;

const EVERY_CODE = "B1: the child exits 0 to 255, all of them: the same code";

Deno.test(row(EVERY_CODE, async (bench) => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const seen: number[] = [];
  const work = async () => {
    for (let code = codes.shift(); code !== undefined; code = codes.shift()) {
      await using manager = exitWith(bench, code);
      seen[code] = await manager.exitCode();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  equal(seen.length, 256);
  for (const [code, got] of seen.entries()) equal(got, code);
}));

const exitWith = (bench: Bench, code: number) =>
  bench.run([
    "--config=",
    "--log-level=error",
    "--",
    bench.child,
    "--exit-after",
    `0:${code}`,
  ]);
