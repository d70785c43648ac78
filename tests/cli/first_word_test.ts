/** Which first words ask a running manager. */
import assert from "node:assert/strict";
import { SUBCOMMAND_NAMES, subcommandIn } from "../../src/cli/first_word.ts";

Deno.test("the name of a subcommand is one as the very first word only", () => {
  for (const name of SUBCOMMAND_NAMES) {
    if (name !== "check") assert.equal(subcommandIn([name]), name);
    assert.equal(subcommandIn(["--", name]), undefined);
    assert.equal(subcommandIn([`--${name}`]), undefined);
    assert.equal(subcommandIn([`${name}x`]), undefined);
  }
  assert.equal(subcommandIn([]), undefined);
  assert.equal(subcommandIn(["toString"]), undefined);
});

Deno.test("check asks a manager only with --running directly behind it", () => {
  assert.equal(subcommandIn(["check", "--running", "-o", "json"]), "check");
  assert.equal(subcommandIn(["check", "-running"]), "check");
  assert.equal(subcommandIn(["check"]), undefined);
  assert.equal(subcommandIn(["check", "program", "--running"]), undefined);
  assert.equal(subcommandIn(["check", "--", "--running"]), undefined);
});
