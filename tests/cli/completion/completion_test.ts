/** The completion scripts, in the shells that they are for. */
import assert from "node:assert/strict";
import { grammar } from "../../../src/cli/completion/grammar.ts";
import { completionScript } from "../../../src/cli/completion/completion.ts";
import { OPTION_NAMES, optionOf } from "../../../src/cli/options.ts";
import { SHELLS, SUBCOMMAND_NAMES } from "../../../src/cli/first_word.ts";
import { withShell } from "./shells.ts";

Deno.test("every option and every subcommand is in each script, with what it does", () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell);
    for (const name of OPTION_NAMES) {
      assert.match(script, new RegExp(`(--|-l )${name}\\b`), shell);
      const [beginning] = optionOf(name).help.split(/[:'"[\]\\]/);
      assert.ok(script.includes(beginning), `${shell}: ${name}`);
    }
    for (const name of SUBCOMMAND_NAMES) {
      assert.match(script, new RegExp(`\\b${name}\\b`), shell);
    }
  }
});

Deno.test("every value that is offered as a whole is one that the option takes", () => {
  const whole = OPTION_NAMES.flatMap((name) => {
    const { offers, parse } = optionOf(name);
    return (offers ?? parse.words ?? [])
      .filter((word) => !word.endsWith(":"))
      .map((word) => ({ name, word, parse }));
  });
  assert.ok(whole.length > 20);
  for (const { name, word, parse } of whole) {
    assert.doesNotThrow(() => parse(word), `--${name} ${word}`);
  }
});

Deno.test("a metavar that stands for a path is offered files, or directories", () => {
  const [manager] = grammar();
  const offers = Object.fromEntries(
    manager.flags.map(({ name, value }) => [name, value?.offer.kind]),
  );
  assert.equal(offers["--config"], "file");
  assert.equal(offers["--workdir"], "directory");
  assert.equal(offers["--command"], "command");
  assert.equal(offers["--subreaper"], undefined);
});

/** A line, and what a tab makes of it. */
const COMPLETED: readonly (readonly [string, string])[] = [
  ["flush-manager --resta", "--restart"],
  ["flush-manager --restart on", "--restart on-failure"],
  ["flush-manager --restart=on", "--restart=on-failure"],
  ["flush-manager --ready tc", "--ready tcp:"],
  ["flush-manager --config samp", "--config sample.conf"],
  ["flush-manager --config=samp", "--config=sample.conf"],
  ["flush-manager --workdir onl", "--workdir only-here"],
  ["flush-manager check --resta", "check --restart"],
  ["flush-manager stop-c", "stop-child"],
  ["flush-manager reload --w", "reload --wait"],
  ["flush-manager status -o j", "status -o json"],
  ["flush-manager status --output=j", "status --output=json"],
  ["flush-manager log-level tr", "log-level trace"],
  ["flush-manager completion z", "completion zsh"],
  ["flush-manager check --runn", "check --running"],
  ["flush-manager check --outp", "check --output"],
  ["flush-manager check -o j", "check -o json"],
  ["flush-manager --live-ac", "--live-action"],
  ["flush-manager --live-action=re", "--live-action=restart"],
  ["flush-manager diagnose -o samp", "diagnose -o sample.conf"],
  // It belongs to the program.
  ["flush-manager --debounce 1s true --resta", "--debounce 1s true --resta"],
  ["flush-manager -- true --resta", "-- true --resta"],
];

/** How many tabs lead to the list; the next one of zsh goes through it. */
const LISTED = { bash: 2, zsh: 1 };

for (const shell of ["bash", "zsh"] as const) {
  withShell(
    shell,
    "a tab completes options, values, files and subcommands",
    async (type) => {
      for (const [line, expected] of COMPLETED) {
        const { line: got, screen } = await type(line);
        // zsh takes the slash away from a directory that ends the line.
        assert.equal(got?.replace(/\/$/, ""), expected, screen);
      }
    },
  );

  withShell(shell, "a list has what each option does", async (type) => {
    const { screen } = await type(
      "flush-manager --control-tls-",
      LISTED[shell],
    );
    assert.match(screen, /--control-tls-cert .*certificate \(PEM\)/);
    assert.match(screen, /--control-tls-key .*its private key \(PEM\)/);
    const subcommands = await type("flush-manager sta", LISTED[shell]);
    assert.match(subcommands.screen, /\bstart-child\b.*start it again/);
    const values = await type("flush-manager --log-level ", LISTED[shell]);
    for (const level of ["trace", "debug", "info", "warn", "error"]) {
      assert.match(values.screen, new RegExp(`\\b${level}`));
    }
  });
}

withShell(
  "fish",
  "a tab offers options, values, files and subcommands with what they do",
  async (type) => {
    for (const [line, expected] of COMPLETED.slice(0, -2)) {
      const { screen } = await type(line);
      const [word] = expected.split(" ").slice(-1);
      const offered = screen.split("\n").map((text) =>
        text.split("\t")[0].replace(/\/$/, "")
      );
      assert.ok(offered.includes(word), `${line}: ${screen}`);
    }
    const { screen } = await type("flush-manager --control-tls-");
    assert.match(screen, /^--control-tls-cert\tcertificate \(PEM\)/m);
    const program = await type("flush-manager --debounce 1s true --resta");
    assert.equal(program.screen, "");
  },
);

withShell(
  "bash",
  "bash-completion completes the program's own command line",
  async (type) => {
    const { line, screen } = await type(
      "flush-manager --debounce 1s true --alm",
    );
    assert.equal(line, "--debounce 1s true --almost-all", screen);
  },
  { "/usr/share/bash-completion/bash_completion": "bash-completion" },
);

withShell(
  "zsh",
  "the program's own command line is completed",
  async (type) => {
    const { line, screen } = await type(
      "flush-manager --debounce 1s true --alm",
    );
    assert.equal(line, "--debounce 1s true --almost-all", screen);
  },
);

withShell(
  "fish",
  "the program's own command line is completed",
  async (type) => {
    const { screen } = await type("flush-manager --debounce 1s true --alm");
    assert.match(screen, /^--almost-all/);
  },
);
