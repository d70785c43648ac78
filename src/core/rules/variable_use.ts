/** Which variables of the child the options and arguments need, as `{env:NAME}`. Pure. */
import { variablesIn } from "../notation/placeholders.ts";
import type {
  Action,
  Argv,
  LiveSign,
  Probe,
  ReadySign,
  Settings,
} from "../vocabulary/settings.ts";

/** A variable, and where its value is put in. */
export interface VariableUse {
  /** `--ready`, say, or `the arguments`. */
  readonly where: string;
  readonly name: string;
}

/** Each name once for each place, in the order of the reference. */
export function variableUses(settings: Settings): readonly VariableUse[] {
  return textsOf(settings).flatMap(([where, texts]) =>
    [...new Set(texts.flatMap(variablesIn))].map((name) => ({ where, name }))
  );
}

function textsOf(
  settings: Settings,
): (readonly [where: string, texts: readonly string[]])[] {
  const { command, args, check, ready, waitFor, onChange, configs } = settings;
  const { beforeStart, afterExit, control, live } = settings;
  return [
    ["the command", [command]],
    ["the arguments", args],
    ["--before-start", beforeStart.command ?? []],
    ["--after-exit", afterExit.command ?? []],
    ["--check-command", check.command ?? []],
    ["--on-change", textsOfAction(onChange)],
    ...configs.map(({ path, action }) =>
      [`--config ${path}`, textsOfAction(action)] as const
    ),
    ["--ready", textsOfProbe(ready.sign)],
    ["--live", textsOfProbe(live?.sign)],
    ["--wait-for", waitFor.flatMap(textsOfProbe)],
    [
      "--health-check",
      control.healthChecks.flatMap(({ probe }) => textsOfProbe(probe)),
    ],
  ];
}

function textsOfAction(action: Action | undefined): Argv | readonly string[] {
  switch (action?.kind) {
    case "exec":
      return action.argv;
    case "http":
      return [action.url];
    default:
      return [];
  }
}

function textsOfProbe(
  probe: Probe | ReadySign | LiveSign | undefined,
): Argv | readonly string[] {
  switch (probe?.kind) {
    case "exec":
      return probe.argv;
    case "file":
      return [probe.path];
    case "template":
      return [probe.text];
    default:
      return [];
  }
}
