/** The options of tasks: what is read, what is refused, and that each task refuses what it does not know. */
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { ROOT } from "../../scripts/denort.ts";
import { run } from "../../scripts/shell.ts";
import { taskOptions, wholeNumber } from "../../scripts/task_options.ts";

Deno.test("taskOptions() reads values, switches and words", () => {
  const args = taskOptions(["--runs", "3", "--quick", "a", "b"], {
    string: ["runs", "filter"],
    boolean: ["quick", "install"],
    words: "PATH...",
  });
  deepEqual({ ...args }, {
    _: ["a", "b"],
    runs: "3",
    quick: true,
    install: false,
  });
});

for (
  const [argv, options, message] of [
    [["--fast"], {}, "Cannot read --fast: this task takes no options"],
    [["fast"], {}, "Cannot read fast: this task takes no options"],
    [["--", "fast"], {}, "Cannot read fast: this task takes no options"],
    [
      ["--rnus=3"],
      { string: ["runs"], boolean: ["quick"] },
      "Cannot read --rnus=3: it is none of --runs VALUE, --quick",
    ],
    [
      ["a", "--x"],
      { words: "PATH..." },
      "Cannot read --x: it is none of PATH...",
    ],
    [
      ["--runs"],
      { string: ["runs"] },
      "Cannot read --runs: it needs one value",
    ],
  ] as const
) {
  Deno.test(`taskOptions() refuses ${argv.join(" ")}`, () => {
    throws(() => taskOptions(argv, options), { message });
  });
}

Deno.test("wholeNumber() takes what is in the range, or the default", () => {
  equal(wholeNumber("--runs", undefined, 7, [1, 9]), 7);
  equal(wholeNumber("--runs", "9", 7, [1, 9]), 9);
  for (const text of ["0", "10", "1.5", "-1", "x", " 1"]) {
    throws(() => wholeNumber("--runs", text, 7, [1, 9]), {
      message: `Cannot use --runs ${text}: it is a whole number from 1 to 9`,
    });
  }
});

/** Scripts of ours that a task ends with; the others end with a program of Deno's. */
async function scripts(): Promise<[task: string, script: string][]> {
  const { tasks }: { tasks: Record<string, { command: string }> } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  return Object.entries(tasks).flatMap(([task, { command }]) => {
    const script = /deno run (?:--frozen )?-A (\S+)$/.exec(command)?.[1];
    return script === undefined ? [] : [[task, script]];
  });
}

for (const [task, script] of await scripts()) {
  Deno.test(`task ${task} refuses an option that it does not know`, async () => {
    const { code, stdout, stderr } = await run(
      Deno.execPath(),
      // What Deno says of libraries that it has yet to load is not the task's.
      ["run", "--quiet", "-A", script, "--frobnicate"],
      { cwd: ROOT },
    );
    equal(code, 1, stdout + stderr);
    match(
      stderr,
      /^[\w-]+: Cannot read --frobnicate: (this task takes no options|it is none of .+)\n$/,
    );
    equal(stdout, "");
  });
}
