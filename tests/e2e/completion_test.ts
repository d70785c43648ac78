/** The completion scripts that the executable prints; what they do is tested in tests/cli/completion. */
import { equal, match } from "node:assert/strict";
import { completionScript } from "../../src/cli/completion/completion.ts";
import { SHELLS } from "../../src/cli/first_word.ts";
import { row } from "./bench.ts";
import { EXECUTABLE } from "./harness.ts";

for (const shell of SHELLS) {
  Deno.test(
    row(`completion: the script for ${shell} is printed whole`, async () => {
      // Longer than a pipe's atomic write.
      const { code, stdout } = await new Deno.Command(EXECUTABLE, {
        args: ["completion", shell],
        stdin: "null",
      }).output();
      equal(code, 0);
      equal(new TextDecoder().decode(stdout), completionScript(shell));
    }),
  );
}

Deno.test(row("completion: for another shell there is none", async (bench) => {
  const manager = bench.run(["completion", "ksh"]);
  equal(await manager.exitCode(), 2);
  match(
    manager.log.entries.map(({ text }) => text).join("\n"),
    /^flush-manager: Cannot use completion: it needs one of bash, zsh, fish/,
  );
}));
