/** What other tools call an option: each leads to one of ours, and none hides one. */
import assert from "node:assert/strict";
import { fromOtherTool } from "../../src/cli/other_names.ts";
import { isName } from "../../src/cli/options.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { UsageError } from "../../src/cli/values/basic.ts";

const GUESSES:
  readonly (readonly [tool: string, typed: string, ours: string])[] = [
    ["Prometheus", "config.file", "config"],
    ["configmap-reload", "volume-dir", "config"],
    ["configmap-reload", "webhook-url", "on-change"],
    ["kubectl", "f", "config"],
    ["Docker", "e", "env"],
    ["Docker", "entrypoint", "command"],
    ["Docker", "w", "workdir"],
    ["Docker", "p", "listen"],
    ["Docker", "restart-policy", "restart"],
    ["Docker", "health-cmd", "live"],
    ["Docker", "health-retries", "live-threshold"],
    ["Docker", "depends_on", "wait-for"],
    ["kubectl", "grace-period", "stop-timeout"],
    ["kubectl", "dry-run", "check"],
    ["Kubernetes", "readiness-probe", "ready"],
    ["Kubernetes", "liveness-probe", "live"],
    ["Kubernetes", "period-seconds", "live-interval"],
    ["Kubernetes", "failure-threshold", "live-threshold"],
    ["systemd", "working-directory", "workdir"],
    ["systemd", "exec-start-pre", "before-start"],
    ["systemd", "exec-stop-post", "after-exit"],
    ["systemd", "exec-reload", "on-change"],
    ["systemd", "kill-signal", "stop-signal"],
    ["systemd", "restart-sec", "backoff"],
    ["systemd", "timeout-stop-sec", "stop-timeout"],
    ["systemd", "watchdog-sec", "live"],
    ["systemd", "start-limit-burst", "max-restarts"],
    ["Prometheus", "web.listen-address", "control"],
    ["controller-runtime", "metrics-bind-address", "control"],
    ["rsync", "exclude", "ignore"],
    ["Go", "verbose", "log-level"],
    ["Go", "vv", "log-level"],
    ["git", "quiet", "log-level"],
    ["env", "chdir", "workdir"],
  ];

for (const [tool, typed, ours] of GUESSES) {
  Deno.test(`--${typed} (${tool}) is told to be ${ours}`, () => {
    assert.equal(fromOtherTool(typed), ours);
    assert.ok(!isName(typed));
    const meant = ours === "check" ? "flush-manager check" : `--${ours}`;
    assert.throws(
      () => parseInvocation([`--${typed}=x`, "true"], () => undefined),
      (error) =>
        error instanceof UsageError && error.lines.length === 1 &&
        error.message.includes(`did you mean ${meant}?`),
    );
  });
}

Deno.test("a name that no tool has is not guessed", () => {
  for (const name of ["", "xyzzy", "toString", "constructor"]) {
    assert.equal(fromOtherTool(name), undefined, name);
  }
});

Deno.test("the value of an option that another tool has is no program", () => {
  assert.throws(
    () => parseInvocation(["--cwd", "/tmp", "--debounce=x"], () => undefined),
    (error) => error instanceof UsageError && error.lines.length === 2,
  );
});
