/** `flush-manager check`: says what would be run and watched, and starts nothing. */
import { checkOptions } from "./options.ts";
import { actionFault, checkReload, childPath } from "./reloads.ts";
import { describeAction } from "../core/notation/describe.ts";
import { formatDuration } from "../core/notation/duration.ts";
import { configCoarse } from "../core/text/watching.ts";
import { describeWatched } from "../core/notation/describe.ts";
import { isGlob } from "../core/notation/glob.ts";
import type { Settings, WatchedPath } from "../core/vocabulary/settings.ts";
import { fault, type Finding, note, ok } from "../core/vocabulary/finding.ts";
import { fleetFault } from "../fleet/open_fleet.ts";
import { describeConfig } from "../manager/announcement.ts";
import {
  configKindOf,
  physicalPath,
  withPatterns,
} from "../host/fingerprint/config_paths.ts";
import { selectionsOf } from "../host/fingerprint/selection.ts";
import { fingerprintOf } from "../host/fingerprint/fingerprinter.ts";
import { isMountedFile } from "../host/files/mount.ts";
import { explainCommand } from "../host/process/spawn_error.ts";

/**
 * The whole report, in order. It finds what can be seen without a start: what
 * only a start can tell, as whether a port that is to be listened on is in use,
 * it does not find.
 */
export async function check(asked: Settings): Promise<Finding[]> {
  const settings = withPatterns(asked);
  return [
    checkCommand(settings),
    ...await checkConfigs(settings),
    ...checkOnChange(settings),
    ...checkReload(settings),
    ok(describeStop(settings)),
    ...checkOptions(settings),
    ...checkFleet(settings),
  ];
}

/** What prevents turns with other managers; what is asked for is told with the other options. */
function checkFleet({ fleet }: Settings): Finding[] {
  const why = fleet && fleetFault(fleet);
  return why === undefined ? [] : [fault(why)];
}

function describeStop(
  { stopSignal, stopTimeoutMs, killMode }: Settings,
): string {
  const timeout = formatDuration(stopTimeoutMs);
  switch (killMode) {
    case "group":
      return `on stop: ${stopSignal} to the process group, SIGKILL after ${timeout}`;
    case "main":
      return `on stop: ${stopSignal} to the main process alone, SIGKILL after ${timeout}`;
    case "mixed":
      return `on stop: ${stopSignal} to the main process, SIGKILL to the process group when that has ended, or after ${timeout}`;
  }
}

function checkCommand(settings: Settings): Finding {
  const { command, args, workdir } = settings;
  const found = explainCommand(command, workdir, childPath(settings));
  if (found.kind === "failed") {
    return fault(`Cannot run ${command}: ${found.detail}`);
  }
  const where = workdir === undefined ? "" : ` in ${workdir}`;
  return ok(`run: ${found.path} [${args.join(" ")}]${where}`);
}

function checkOnChange(settings: Settings): Finding[] {
  const { onChange, debounceMs, debounceMaxMs } = settings;
  const [windowMs, maxMs] = [debounceMs, debounceMaxMs].map(formatDuration);
  const atMost = debounceMs > debounceMaxMs ? windowMs : maxMs;
  const replaced = settings.trustReplacement
    ? ", at once if replaced as a whole"
    : "";
  const polling = formatDuration(settings.pollIntervalMs);
  const what = describeAction(onChange);
  const findings = [
    actionFault("--on-change", onChange, settings) ?? ok(
      `on change: ${what} after ${windowMs} of quiet, ${atMost} at most${replaced}; polling every ${polling}`,
    ),
  ];
  return debounceMs <= debounceMaxMs ? findings : [
    ...findings,
    note(
      `--debounce ${windowMs} is longer than --debounce-max ${maxMs}, which has no effect`,
    ),
  ];
}

async function checkConfigs(
  { configs, compare, ignore }: Settings,
): Promise<Finding[]> {
  if (configs.length === 0) return [note("watch: nothing")];
  const paths = configs.map(({ path }) => physicalPath(path));
  const selections = selectionsOf(configs, ignore);
  const prints = await fingerprintOf(paths, compare, "metadata", selections);
  const watched = configs.map((config, index): Finding => {
    const print = prints[index];
    const path = describeWatched(config);
    if (print.kind === "fault" && print.fault !== "missing") {
      return fault(`Cannot read config ${path}: ${print.detail}`);
    }
    const what = describeConfig(config, ignore).text;
    if (print.kind === "fault") return note(`watch: ${what}`);
    if (print.coarse !== undefined) {
      return note(configCoarse(path, print.coarse).text);
    }
    return isMountedFile(paths[index])
      ? note(`${path} is a mount of its own and never updates`)
      : ok(`watch: ${what}`);
  });
  const holdsEntries = prints.some(({ kind }) => kind === "directory") ||
    configs.some(({ pattern }) => pattern !== undefined);
  return [
    ...watched,
    ...configs.filter(isWrittenLikeAPattern).map((config) =>
      note(
        `${
          writtenAsIs(config)
        } is taken as it is written: only the last part of a path can be a pattern`,
      )
    ),
    ...(holdsEntries
      ? [ok(`ignored below directories: ${ignore.join(" ") || "nothing"}`)]
      : []),
  ];
}

/** What of the path is no pattern, although it looks like one. */
const writtenAsIs = ({ path, pattern }: WatchedPath): string =>
  pattern === undefined
    ? path
    : `${path} in ${describeWatched({ path, pattern })}`;

/** A path that does not exist, in which something before the last part looks like a pattern; of a pattern, its directory. */
const isWrittenLikeAPattern = ({ path, pattern }: WatchedPath) =>
  isGlob(
    pattern === undefined ? path.slice(0, path.lastIndexOf("/") + 1) : path,
  ) &&
  configKindOf({ path, named: true }, []).kind === "awaited";
