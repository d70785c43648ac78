/** `flush-manager check`: says what would be run and watched, and starts nothing. */
import { checkReload, describeAction } from "./check_reload.ts";
import { formatDuration } from "./core/duration.ts";
import { EXIT_CHECK_FAILED, EXIT_OK } from "./core/exit_status.ts";
import type { Settings } from "./core/settings.ts";
import {
  describeConfig,
  isMountedFile,
  physicalPath,
} from "./host/config_paths.ts";
import { Fingerprinter } from "./host/fingerprint.ts";
import { explainCommand } from "./host/spawn_error.ts";

/** One line of the report. */
export interface Finding {
  readonly kind: "ok" | "note" | "fault";
  readonly text: string;
}

/** The whole report, in order. */
export async function check(settings: Settings): Promise<Finding[]> {
  return [
    checkCommand(settings),
    ...await checkConfigs(settings),
    ok(
      `on change: ${describeAction(settings.onChange)} after ${
        formatDuration(settings.debounceMs)
      } of quiet, ${formatDuration(settings.debounceMaxMs)} at most${
        settings.trustReplacement ? ", at once if replaced as a whole" : ""
      }; polling every ${formatDuration(settings.pollIntervalMs)}`,
    ),
    ...checkReload(settings),
    ok(
      `on stop: ${settings.stopSignal} to the process group, SIGKILL after ${
        formatDuration(settings.stopTimeoutMs)
      }`,
    ),
  ];
}

/** The report as text, a line each, and the exit code that goes with it. */
export function report(
  findings: readonly Finding[],
): { text: string; code: number } {
  const lines = findings.map(({ kind, text }) => `${kind}: ${text}\n`);
  const failed = findings.some(({ kind }) => kind === "fault");
  return {
    text: lines.join(""),
    code: failed ? EXIT_CHECK_FAILED : EXIT_OK,
  };
}

const ok = (text: string): Finding => ({ kind: "ok", text });
const note = (text: string): Finding => ({ kind: "note", text });
const fault = (text: string): Finding => ({ kind: "fault", text });

function checkCommand({ command, args, workdir }: Settings): Finding {
  const found = explainCommand(command, workdir);
  if (found.kind === "failed") {
    return fault(`Cannot run ${command}: ${found.detail}`);
  }
  const where = workdir === undefined ? "" : ` in ${workdir}`;
  return ok(`run: ${found.path} [${args.join(" ")}]${where}`);
}

async function checkConfigs(
  { configs, compare }: Settings,
): Promise<Finding[]> {
  if (configs.length === 0) return [note("watch: nothing")];
  const paths = configs.map(({ path }) => physicalPath(path));
  const prints = await new Fingerprinter(paths, compare).look("metadata");
  return configs.map((config, index): Finding => {
    const print = prints[index];
    if (print.kind !== "fault") {
      return isMountedFile(paths[index])
        ? note(`${config.path} is a mount of its own and never updates`)
        : ok(`watch: ${describeConfig(config).text}`);
    }
    return print.fault === "missing"
      ? note(`watch: ${describeConfig(config).text}`)
      : fault(`Cannot read config ${config.path}: ${print.detail}`);
  });
}
