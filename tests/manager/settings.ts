/** Settings as a command line gives them. */
import assert from "node:assert/strict";
import { parseInvocation } from "../../src/cli/command_line.ts";
import type { Settings } from "../../src/core/vocabulary/settings.ts";

export function settingsOf(...options: readonly string[]): Settings {
  const args = [...options, "--", "program"];
  const invocation = parseInvocation(args, () => undefined);
  assert.ok(invocation.kind === "run");
  return invocation.settings;
}
