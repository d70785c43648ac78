/** What a check has printed: the last lines in the log, and the first and the last ones in the status. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { controlled } from "./control.ts";
import { change, script } from "./reloads.ts";

/** What the log and the status tell of a check that prints this and refuses new content. */
async function printed(
  bench: Bench,
  print: string,
): Promise<{ logged: string[]; output: string[] }> {
  const check = script(
    bench,
    "check",
    `grep -q first "$1" && exit 0\n${print}\nexit 1`,
  );
  const { file, manager, asker } = await controlled(bench, [
    `--check-command=${check} {config}`,
  ]);
  change(file, "second");
  await manager.waitForLog("New configuration rejected");
  const { debug } = await asker.status("?debug=true");
  equal(await manager.stop(), 0);
  const logged = manager.log.matches("Check output: ")
    .map(({ text }) => text.replace(/^.*?Check output: /, ""));
  return { logged, output: debug.last_error.output };
}

const numbers = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, at) => String(first + at));

Deno.test(row(
  "check output: of 400 lines the log has the last 10, the status the first 50 and the last 200",
  async (bench) => {
    const { logged, output } = await printed(bench, "seq 400");
    deepEqual(logged, numbers(391, 400));
    deepEqual(output, [
      ...numbers(1, 50),
      "… 150 lines left out",
      ...numbers(201, 400),
    ]);
  },
));

Deno.test(row(
  "check output: a line without end is cut, and others stay",
  async (bench) => {
    const { output } = await printed(
      bench,
      "echo before; head -c 5000000 /dev/zero | tr '\\0' x; echo; echo after",
    );
    equal(output.length, 3);
    match(output[1], /^x{299}…$/);
    equal(output[2], "after");
  },
));

Deno.test(row(
  "check output: bytes that are no text are shown as escapes",
  async (bench) => {
    const { logged, output } = await printed(
      bench,
      "printf 'a\\001\\033[31m\\377\\r\\n'",
    );
    deepEqual(output, ["a\\x01\\x1b[31m\ufffd\\x0d"]);
    deepEqual(logged, output);
  },
));

Deno.test(row(
  "check output: what has no line feed is a line, and no output is none",
  async (bench) => {
    const { logged, output } = await printed(bench, "printf open");
    deepEqual(output, ["open"]);
    deepEqual(logged, output);
  },
));

Deno.test(row("check output: none is an empty list", async (bench) => {
  const { logged, output } = await printed(bench, ":");
  deepEqual(output, []);
  deepEqual(logged, []);
}));

Deno.test(row(
  "check output: what looks like a secret is redacted in the status",
  async (bench) => {
    const { output } = await printed(
      bench,
      "echo 'bad url http://user:hunter2@db/'; echo 'password=hunter2'",
    );
    equal(output.length, 2);
    ok(output.every((line) => !line.includes("hunter2")), `${output}`);
  },
));
