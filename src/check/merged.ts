/**
 * The part of `flush-manager check` that tells every setting and where it is
 * from. No value of a variable is shown, no password or query of a URL, and no
 * header that a command sends.
 */
import {
  describePlace,
  type FileSettings,
  type FileValue,
  type Given,
  type Source,
} from "../cli/given.ts";
import { type Finding, note } from "../core/vocabulary/finding.ts";
import { oneLine } from "../core/notation/one_line.ts";
import {
  isName,
  OPTION_NAMES,
  type OptionName,
  optionOf,
} from "../cli/options.ts";
import type { Program } from "../cli/settings.ts";
import { argv } from "../cli/values/argv.ts";
import {
  describeArgv,
  maskUrls,
  withoutSecrets,
} from "../core/notation/describe.ts";

/** An option that has a value, the arguments of the program, or a hold. */
export interface MergedSetting {
  readonly name: OptionName | "args" | "hold";
  /** As on the command line; a repeatable option may have none or several. */
  readonly values: readonly string[];
  readonly origin: Source | { readonly kind: "default" };
}

/** In the order of the usage text, then the arguments; what has no value is left out. */
export function mergedSettings(
  given: Given,
  { command, args, commandSource, argsSource }: Program,
  file: FileSettings | undefined,
): MergedSetting[] {
  const options = OPTION_NAMES.flatMap((name): MergedSetting[] => {
    if (name === "command" && commandSource !== undefined) {
      return [{ name, values: [command], origin: commandSource }];
    }
    const origin = given.get(name);
    const { defaultText } = optionOf(name);
    if (origin !== undefined) {
      const values = origin.texts.map((text) => shownValue(name, text));
      return [{ name, values, origin: origin.source }];
    }
    return defaultText === undefined
      ? []
      : [{ name, values: [defaultText], origin: { kind: "default" } }];
  });
  const others: MergedSetting[] = [];
  if (argsSource !== undefined && args.length > 0) {
    const values = withoutSecrets(args);
    others.push({ name: "args", values, origin: argsSource });
  }
  if (file?.hold !== undefined) {
    const { at, held } = file.hold;
    const values = [held === false ? "false" : held.reason || "true"];
    others.push({ name: "hold", values, origin: { kind: "file", at } });
  }
  return [...options, ...others];
}

/** Of what the settings file says in vain: where that is, and what wins over it. */
export function overruled(
  file: FileSettings | undefined,
  settings: readonly MergedSetting[],
): Finding[] {
  if (file === undefined) return [];
  const { options, args } = file;
  const said: (readonly [MergedSetting["name"], FileValue])[] = [
    ...options,
    ...args === undefined ? [] : [["args", args] as const],
  ];
  return said.flatMap(([name, { at }]): Finding[] => {
    const origin = settings.find((setting) => setting.name === name)?.origin;
    if (origin?.kind === "file") return [];
    const winner = origin === undefined || origin.kind === "default"
      ? "the program on the command line has its own"
      : `the one of the ${originOf(name, origin)} wins`;
    return [note(`${describePlace(at)}: ${name} has no effect: ${winner}`)];
  });
}

/** A line for each setting that was given, and one for the defaults of each group. */
export const mergedLines = (settings: readonly MergedSetting[]): string =>
  linesOf(settings).map((line) => `${oneLine(line)}\n`).join("");

/** The whole report of `check -o json`. */
export function mergedJson(
  findings: readonly Finding[],
  merged: readonly MergedSetting[],
): string {
  const settings = merged.map(({ name, values, origin }) =>
    [name, { values, origin }] as const
  );
  const whole = {
    status: findings.some(({ kind }) => kind === "fault") ? "fault" : "ok",
    findings,
    settings: Object.fromEntries(settings),
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}

function linesOf(settings: readonly MergedSetting[]): string[] {
  const defaults = new Map<string, string[]>();
  const lines: string[] = [];
  for (const { name, values, origin } of settings) {
    if (origin.kind !== "default") {
      const shown = values.map((value) => value === "" ? '""' : value);
      lines.push(
        `set: ${name} ${shown.join(", ")} (${originOf(name, origin)})`,
      );
      continue;
    }
    const group = isName(name) ? optionOf(name).group : "";
    const others = defaults.get(group) ?? [];
    defaults.set(group, [...others, `${name} ${values[0]}`]);
  }
  for (const [group, texts] of defaults) {
    lines.push(`default: ${group}: ${texts.join(", ")}`);
  }
  return lines;
}

function originOf(name: MergedSetting["name"], source: Source): string {
  switch (source.kind) {
    case "flag":
      return `option --${name}`;
    case "positional":
      return "command line";
    case "variable":
      return `variable ${source.name}`;
    case "file":
      return describePlace(source.at);
  }
}

/** The text without what may be secret in it. */
function shownValue(name: OptionName, text: string): string {
  const { written } = optionOf(name);
  if (written === "variables") return `${text.split("=", 1)[0]}=...`;
  if (written === "argv") return describeArgv(argv(text));
  const [, before, command] = /^((?:[^\s=]*=)?exec:)(.*)$/s.exec(text) ?? [];
  return command === undefined
    ? maskUrls(text)
    : `${before}${describeArgv(argv(command))}`;
}
