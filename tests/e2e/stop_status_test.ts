/** How a child ended that was stopped for another one is told, unless it is the end that it was asked for. */
import { equal } from "node:assert/strict";
import { row } from "./bench.ts";
import { change, QUICK, records, start } from "./reloads.ts";

const GRACEFULLY = "stopped gracefully";
const ABNORMALLY = "Child process exited abnormally: ";

for (
  const [what, child, options, told] of [
    ["exits 0", "exit 0", [], undefined],
    ["dies of the stop signal", "trap - TERM; kill $$", [], undefined],
    ["exits 2", "exit 2", [], "exit status 2"],
    ["exits 143", "exit 143", [], "exit status 143"],
    ["dies of another signal", "kill -KILL $$", [], "signal: killed"],
    [
      "is killed after the timeout",
      "sleep 1000",
      ["--stop-timeout=100ms"],
      "signal: killed",
    ],
    [
      "has SIGKILL for its stop signal",
      "exit 2",
      ["--stop-signal=KILL"],
      undefined,
    ],
  ] as const
) {
  const ends = told === undefined ? "is stopped gracefully" : `is told`;
  Deno.test(
    row(`stop: on a restart, a child that ${what} ${ends}`, async (bench) => {
      const file = bench.write("app.conf", "first");
      const body =
        `trap '${child}' TERM; echo "ready pid=$$"; while :; do sleep 0.05; done`;
      const manager = bench.run([
        `--config=${file}`,
        QUICK,
        "--log-format=json",
        ...options,
        "--",
        "sh",
        "-c",
        body,
      ]);
      await manager.ready();
      change(file, "second");
      await start(manager, 2);
      const said = records(manager, ABNORMALLY).map(({ status }) => status);
      equal(said.join(), told ?? "");
      equal(manager.log.count(GRACEFULLY), told === undefined ? 1 : 0);
      equal(manager.log.count("Child process exited with error"), 0);
    }),
  );
}
