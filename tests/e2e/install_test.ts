/** `flush-manager install`: the executable copies itself, as an init container does. */
import { equal, match } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { EXECUTABLE } from "./harness.ts";

async function install(bench: Bench, ...words: readonly string[]) {
  const manager = bench.run(["install", ...words]);
  const code = await manager.exitCode();
  const lines = [...manager.out.entries, ...manager.log.entries];
  return { code, text: lines.map(({ text }) => text).join("\n") };
}

Deno.test(
  row("install: the copy runs, and replaces one that runs", async (bench) => {
    const target = bench.mkdir("tools");
    const first = await install(bench, target);
    equal(first.code, 0, first.text);
    equal(first.text, `installed: ${target}/flush-manager`);
    const { size } = await Deno.stat(EXECUTABLE);
    equal((await Deno.stat(`${target}/flush-manager`)).size, size);
    const running = bench.run(
      ["--config=", "--", bench.child, "--ready-line"],
      {
        program: [`${target}/flush-manager`],
      },
    );
    await running.log.wait("Child process started with PID: ");
    equal((await install(bench, target)).code, 0);
  }),
);

Deno.test(
  row("install: what is refused is one line and a code", async (bench) => {
    const absent = await install(bench, bench.path("absent"));
    equal(absent.code, 1);
    equal(
      absent.text,
      `flush-manager: Cannot install into ${
        bench.path("absent")
      }: it does not exist; mount a volume there or create it`,
    );
    for (const words of [[], ["a", "b"], ["--force"]]) {
      const { code, text } = await install(bench, ...words);
      equal(code, 2, text);
      match(text, /^flush-manager: Cannot use install: it needs one directory/);
    }
  }),
);
