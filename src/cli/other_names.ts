/** What other tools call what an option of ours is for. Pure. */
import type { OptionName } from "./options.ts";

/** By our name, in lower case and with dashes. `check` is no option but a subcommand. */
const CALLED: Readonly<Partial<Record<OptionName | "check", string>>> = {
  config:
    "c f file config-file config-path config-dir watch watch-dir volume-dir",
  command: "cmd exec entrypoint program exec-start",
  workdir: "w cwd chdir work-dir working-dir working-directory",
  restart: "restart-policy",
  backoff: "restart-sec restart-delay",
  "max-restarts": "max-retries start-limit-burst",
  "before-start": "pre-start exec-start-pre",
  "after-exit": "post-stop on-exit exec-stop-post",
  ignore: "exclude",
  "on-change":
    "exec-reload on-reload reload-command reload-url webhook-url webhook-method",
  ready: "readiness readiness-probe startup-probe",
  live: "liveness liveness-probe health-cmd watchdog watchdog-sec",
  "live-interval": "live-period period-seconds",
  "live-threshold": "failure-threshold health-retries",
  listen: "p publish port addr address bind bind-address",
  env: "e environment setenv",
  "wait-for": "depends-on",
  "stop-signal": "kill-signal",
  "stop-timeout":
    "grace-period grace-period-seconds kill-timeout shutdown-timeout stop-grace-period termination-grace-period termination-grace-period-seconds timeout-stop-sec",
  control: "web-listen-address metrics-addr metrics-bind-address",
  "log-level": "debug quiet q verbose vv",
  check: "dry-run validate",
};

/** Ours for the name that another tool has for it; undefined where there is none. */
export function fromOtherTool(
  typed: string,
): OptionName | "check" | undefined {
  const plain = typed.toLowerCase().replace(/[._]/g, "-");
  const names = Object.keys(CALLED) as (keyof typeof CALLED)[];
  return names.find((name) => CALLED[name]?.split(" ").includes(plain));
}
