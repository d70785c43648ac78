/** What cases of the executable may do: what is judged nowhere is refused. Runs nothing. */
import { throws } from "node:assert/strict";
import { begin, judgeLatency } from "./harness.ts";

Deno.test("a case that judges latency ends in [F], [P] or [T]", () => {
  for (const name of ["A1: it restarts", "A1 [F]: it restarts", "A1 [X]"]) {
    begin(name);
    throws(
      () => judgeLatency("the restart", 0, 1_000),
      { message: /^Cannot judge the restart: .* does not end in \[F\]/ },
    );
  }
  for (const tag of ["[F]", "[P]", "[T]"]) {
    begin(`A1: it restarts ${tag}`);
    judgeLatency("the restart", 0, 1_000);
  }
});
