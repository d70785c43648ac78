/** `deno task demo`: the story is true, what it says to try next works, and a wrong option is refused. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { nextSteps } from "../../scripts/demo/next.ts";
import { ROOT } from "../../scripts/denort.ts";
import { run } from "../../scripts/shell.ts";
import { row } from "./bench.ts";
import { EXECUTABLE } from "./harness.ts";

const demo = (...args: string[]) =>
  run(Deno.execPath(), ["run", "-A", "scripts/demo.ts", ...args], {
    cwd: ROOT,
  });

Deno.test(row("demo: it tells its four parts, and all is as told", async () => {
  const { code, stdout, stderr } = await demo();
  equal(code, 0, `${stdout}${stderr}`);
  match(stderr, /^demo: 1 of 6, compiling/);
  const told = [
    "1  A good change",
    "=>  a plain restart: ",
    "2  A bad change",
    "New configuration rejected: the check ended with exit status 1",
    "unknown key greting",
    "=>  refused by the check: the child was not touched, 0 requests lost",
    "3  A change that starts and fails",
    "Rolling back: ",
    "=>  rolled back: revision 2 runs again",
    "4  The change of 1 again",
    "=>  no request lost",
    "Try next",
  ];
  const places = told.map((text) => stdout.indexOf(text));
  ok(!places.includes(-1), `${stdout}\n${places}`);
  deepEqual(places, places.toSorted((a, b) => a - b));
  for (const { command } of nextSteps("dist/flush-manager")) {
    ok(stdout.includes(`\n  ${command}\n`), command);
  }
}));

Deno.test(
  row("demo: what to try next works as it is printed", async (bench) => {
    bench.mkdir("dist");
    await Deno.symlink(EXECUTABLE, bench.path("dist/flush-manager"));
    const cwd = bench.path(".");
    const [check, supervise, change] = nextSteps("dist/flush-manager");
    const checked = await run("sh", ["-c", check.command], { cwd });
    equal(checked.code, 0, checked.stdout + checked.stderr);
    match(checked.stdout, /^ok: run: \/\S*cat \[dist\/try\.conf\]$/m);
    const manager = bench.run(["-c", `exec ${supervise.command}`], {
      program: ["sh"],
      cwd,
    });
    await manager.out.wait("one");
    const changed = await run("sh", ["-c", change.command], { cwd });
    equal(changed.code, 0, changed.stderr);
    await manager.out.wait("two");
    await manager.log.wait("Child process restarted successfully");
  }),
);
