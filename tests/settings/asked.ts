/** What a settings file asks for, as a start does that has no other option. */
import assert from "node:assert/strict";
import { parseInvocation, type Resolved } from "../../src/cli/command_line.ts";
import type { FileSettings } from "../../src/cli/given.ts";
import { readSettingsText } from "../../src/cli/settings_file/read_settings.ts";

/** The `resolve` of a run with these further words. */
export function resolver(
  ...argv: readonly string[]
): (file: FileSettings) => Resolved {
  const invocation = parseInvocation(
    ["--settings=f.yaml", ...argv],
    () => undefined,
  );
  assert.ok(invocation.kind === "settingsFile");
  return invocation.resolve;
}

/** What a run on this text asks for. */
export function asked(text: string, ...argv: readonly string[]) {
  const resolved = resolver(...argv)(readSettingsText("f.yaml", text));
  assert.ok(resolved.kind === "run");
  return resolved;
}
