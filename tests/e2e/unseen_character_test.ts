/** Text from outside reaches a line of the log only as what can be seen. */
import { equal, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import { change, QUICK, script } from "./reloads.ts";

/** CSI of C1, a line separator, an override of the direction, no width, NEL. */
const UNSEEN = "\u009b31m\u2028\u202e\u200b\u0085";
const ESCAPED = "\\x9b31m\\u2028\\u202e\\u200b\\x85";

for (const format of ["text", "json"]) {
  Deno.test(
    row(
      `unseen characters: of a check's output and a path, in the ${format} log`,
      async (bench) => {
        const file = bench.write(`app${UNSEEN}.conf`, "first");
        const says = script(
          bench,
          "says",
          `printf '%s' 'said${UNSEEN}'; [ "$(cat "$1")" = first ]`,
        );
        const manager = bench.supervise({
          config: [file],
          child: ["--print", UNSEEN],
          options: [
            `--check-command=${says} {config}`,
            `--log-format=${format}`,
            QUICK,
          ],
        });
        await manager.out.wait("config: first");
        await manager.ready();
        change(file, "second");
        await manager.log.wait("Check output: said");
        const ours = manager.log.entries.map(({ text }) => text)
          .filter((text) => /^(\[flush-manager\]|\{)/.test(text));
        for (const text of ours) {
          ok(!/[\u0080-\u009f\u2028\u202e\u200b]/.test(text));
        }
        const [line] = manager.log.matches("Check output: said");
        if (format === "text") ok(line.text.endsWith(`said${ESCAPED}`));
        else equal(JSON.parse(line.text).line, `said${ESCAPED}`);
        // What the child prints is its own.
        ok(manager.out.entries.some(({ text }) => text === UNSEEN));
      },
    ),
  );
}

Deno.test(
  row(
    "unseen characters: in a refusal and in the report of check",
    async (bench) => {
      const refused = bench.run([`--stop-signal=${UNSEEN}`, "--", "true"]);
      equal(await refused.exitCode(), 2);
      ok(refused.log.entries.some(({ text }) => text.includes(ESCAPED)));
      const checked = bench.run(["check", "--config=", "--", "true", UNSEEN]);
      equal(await checked.exitCode(), 0);
      ok(checked.out.entries.some(({ text }) => text.includes(ESCAPED)));
    },
  ),
);
