import assert from "node:assert/strict";
import { createHealthChecks } from "../../../src/control/facts/health_checks.ts";
import type { HealthCheck } from "../../../src/core/vocabulary/settings.ts";
import { NO_CHECKS } from "../report_sources.ts";
import { tempDirectory, until } from "../../host/temp.ts";

function checksOf(...checks: HealthCheck[]) {
  const health = createHealthChecks({ ...NO_CHECKS, checks, intervalMs: 5 });
  health.begin();
  return health;
}

Deno.test("health checks: each dependency has its own latest answer, before the first one it is unknown", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/db`;
  const health = checksOf(
    { name: "db", probe: { kind: "file", path } },
    { name: "here", probe: { kind: "file", path: directory.path } },
  );
  const statuses = () => health.results().map(({ status }) => status);
  assert.deepEqual(statuses(), ["unknown", "unknown"]);
  assert.equal(health.results()[0].checkedAt, undefined);
  await until("both have answered", () => !statuses().includes("unknown"));
  assert.deepEqual(statuses(), ["error", "ok"]);
  assert.match(health.results()[0].detail, /does not exist/);
  await Deno.writeTextFile(path, "");
  await until("it is there", () => statuses()[0] === "ok");
  assert.equal(health.results()[0].detail, "");
  assert.ok((health.results()[0].checkedAt ?? 0) > 0);
  health.stop();
});

Deno.test("health checks: no question is asked after the end, and one under way is ended", async () => {
  let asked = 0;
  const probe = { kind: "exec", argv: ["/bin/sleep", "1000"] } as const;
  const statuses: Promise<Deno.CommandStatus>[] = [];
  const health = createHealthChecks({
    ...NO_CHECKS,
    checks: [{ name: "slow", probe }],
    timeoutMs: 60_000,
    follow: async (child) => {
      asked++;
      statuses.push(child.status);
      const { code, signal } = await child.status;
      return signal === null
        ? { kind: "code", code }
        : { kind: "signal", number: 9 };
    },
  });
  health.begin();
  assert.equal(asked, 0, "asks only in the next turn");
  health.begin();
  await until("it is asked", () => asked === 1);
  health.stop();
  assert.equal((await statuses[0]).signal, "SIGKILL");
  assert.equal(asked, 1);
  assert.equal(health.results()[0].status, "unknown");
});

Deno.test("health checks: a lookup or a connection that fails is an error with its reason", async () => {
  const health = checksOf({
    name: "redis",
    probe: { kind: "tcp", host: "127.0.0.1", port: 1 },
  });
  await until(
    "it has answered",
    () => health.results()[0].status !== "unknown",
  );
  assert.equal(health.results()[0].status, "error");
  assert.notEqual(health.results()[0].detail, "");
  health.stop();
});
