/** What others are told of the settings: all of them, and no secret. */
import { deepEqual, doesNotMatch, equal } from "node:assert/strict";
import { shownSettings } from "../../../src/control/status/shown_settings.ts";
import { settingsOf } from "../../manager/settings.ts";

type Shown = Readonly<Record<string, unknown>>;

const shown = (...options: string[]) =>
  shownSettings(settingsOf(...options)) as Shown;

Deno.test("every setting is told, as JSON can tell it", () => {
  const settings = settingsOf(
    "--ready=log:^ready$",
    "--rewrite-signal=HUP:USR1",
    "--rewrite-signal=USR2:0",
  );
  const told = shownSettings(settings) as Shown;
  equal(Object.keys(told).length, Object.keys(settings).length);
  deepEqual(told, JSON.parse(JSON.stringify(told)));
  deepEqual(told.ready, {
    sign: { kind: "log", pattern: "^ready$" },
    interval_ms: 1_000,
    timeout_ms: 30_000,
    threshold: 1,
  });
  deepEqual(told.rewrites, { SIGHUP: "SIGUSR1", SIGUSR2: null });
  equal(told.workdir, null);
});

Deno.test("no value of a variable, no credentials and no argument that is a secret", () => {
  const told = shown(
    "--env=NAME=hunter2-of-env",
    "--check-command=test --password hunter2 -x hunter2-of-env",
    "--on-change=http:POST:http://user:hunter2@host/reload?key=hunter2",
    "--wait-for=http:http://user:hunter2@host/",
    "--control=tcp:127.0.0.1:9464",
    "--control-token-file=/run/token",
  );
  doesNotMatch(JSON.stringify(told), /hunter2/);
  deepEqual(told.env, { NAME: "[redacted]" });
  deepEqual((told.check as Shown).command, [
    "test",
    "--password",
    "[redacted]",
    "-x",
    "[redacted]",
  ]);
  equal((told.control as Shown).token_file, "/run/token");
});
