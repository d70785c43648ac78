/** Where the settings need the values of variables. */
import { deepEqual } from "node:assert/strict";
import { variableUses } from "../../../src/core/rules/variable_use.ts";
import { settingsOf } from "../../manager/settings.ts";

Deno.test("variable use: each name is told once for each place that needs it", () => {
  const settings = settingsOf(
    "--config=/etc/a.conf=http:POST:http://localhost:{env:ADMIN}/-/reload",
    "--ready=http:http://localhost:{env:PORT}/healthz",
    "--wait-for=tcp:{env:DB}:5432",
    "--wait-for=exec:pg_isready -h {env:DB}",
    "--health-check=db=file:/run/{env:DB}",
    "--check-command=check {env:PORT} {{env:NOT}}",
    "--before-start=migrate {env:DB}",
    "--after-exit=clean {env:DB} {env:DB}",
    "--on-change=exec:tell {env:PORT}",
    "--",
    "program",
    "--port={env:PORT}",
  );
  const told = variableUses(settings).map(({ where, name }) =>
    `${where}: ${name}`
  );
  deepEqual(told, [
    "the arguments: PORT",
    "--before-start: DB",
    "--after-exit: DB",
    "--check-command: PORT",
    "--on-change: PORT",
    "--config /etc/a.conf: ADMIN",
    "--ready: PORT",
    "--wait-for: DB",
    "--health-check: DB",
  ]);
});

Deno.test("variable use: settings without one need none", () => {
  deepEqual(variableUses(settingsOf("--ready=tcp:localhost:80", "x")), []);
});
