/** The log lines about a changed settings file, verbatim. */
import assert from "node:assert/strict";
import * as settings from "../../../src/core/text/settings.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";

const TABLE: readonly (readonly [Message, string, string])[] = [
  [
    settings.settingsApplied(["debounce", "log-level"]),
    "info",
    "Settings file changed, in effect from now on: debounce, log-level",
  ],
  [
    settings.settingsNeedRestart(["command", "env"]),
    "warn",
    "Settings file changed, in effect only after a restart of flush-manager: command, env",
  ],
  [
    settings.settingsUnusable(
      "Cannot use f.yaml:1:1: x: it is not a setting",
      1,
    ),
    "warn",
    "Settings file changed, but the earlier settings stay in effect: Cannot use f.yaml:1:1: x: it is not a setting",
  ],
  [
    settings.settingsUnusable(
      "Cannot use f.yaml:1:1: x: it is not a setting",
      3,
    ),
    "warn",
    "Settings file changed, but the earlier settings stay in effect: Cannot use f.yaml:1:1: x: it is not a setting (and 2 more faults, which check tells)",
  ],
];

for (const [message, level, text] of TABLE) {
  Deno.test(text, () => {
    assert.equal(message.text, text);
    assert.equal(message.level, level);
  });
}
