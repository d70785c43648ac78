/** Puts the variables of a child into a probe. Asks nothing. */
import { isHttpUrl } from "../../cli/values/http_target.ts";
import { probe as parse } from "../../cli/values/probe.ts";
import { BadValue } from "../../cli/values/basic.ts";
import { describeProbe } from "../../core/notation/describe.ts";
import {
  expandVariables,
  variablesIn,
} from "../../core/notation/placeholders.ts";
import type { VariableUse } from "../../core/rules/variable_use.ts";
import type {
  Action,
  FilledProbe,
  Probe,
  Settings,
} from "../../core/vocabulary/settings.ts";
import { EnvironmentError } from "../../host/environment/env_files.ts";

export type Variables = Readonly<Record<string, string>>;

/** The value that a program gets which is started with these variables. */
export const valueIn =
  (variables: Variables) => (name: string): string | undefined =>
    Object.hasOwn(variables, name) ? variables[name] : Deno.env.get(name);

/**
 * The probe with the values of its variables, and of other placeholders by `fill`
 * where it is about a child. Throws an EnvironmentError if the values make no
 * probe of it; the message does not show them.
 */
export function filledProbe(
  probe: Probe,
  variables: Variables,
  fill = (text: string): string => expandVariables(text, valueIn(variables)),
): FilledProbe {
  switch (probe.kind) {
    case "exec": {
      const [first, ...rest] = probe.argv;
      return { kind: "exec", argv: [fill(first), ...rest.map(fill)] };
    }
    case "file":
      return { kind: "file", path: fill(probe.path) };
    case "template":
      return parsed(probe, expandVariables(probe.text, valueIn(variables)));
    default:
      return probe;
  }
}

function parsed(
  template: Extract<Probe, { kind: "template" }>,
  text: string,
): FilledProbe {
  const where = describeProbe(template);
  const [name] = variablesIn(text);
  if (name !== undefined) {
    throw new EnvironmentError(whyUnfilled({ where, name }));
  }
  try {
    const found = parse(text);
    if (found.kind !== "template") return found;
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
  }
  throw noProbe(where);
}

const noProbe = (what: string): EnvironmentError =>
  new EnvironmentError(
    `Cannot use ${what}: the values of its variables make no host and port, or no URL, of it`,
  );

/**
 * Throws an EnvironmentError if a variable is not set whose value is needed, or if
 * the values make no probe or URL of a text.
 */
export function assertFilled(
  { ready, live, waitFor, onChange, configs, control }: Settings,
  uses: readonly VariableUse[],
  variables: Variables,
): void {
  if (uses.length === 0) return;
  const value = valueIn(variables);
  for (const { where, name } of uses) {
    if (value(name) !== undefined) continue;
    throw new EnvironmentError(whyUnfilled({ where, name }));
  }
  const { sign } = ready;
  const probes = [
    ...(sign?.kind === "template" ? [sign] : []),
    ...(live?.sign.kind === "template" ? [live.sign] : []),
    ...waitFor,
    ...control.healthChecks.map(({ probe }) => probe),
  ];
  for (const probe of probes) filledProbe(probe, variables);
  const actions = [onChange, ...configs.map(({ action }) => action)];
  for (const url of actions.flatMap(urlsOf)) filledUrl(url, variables);
}

/** One line for the user. */
export const whyUnfilled = ({ where, name }: VariableUse): string =>
  `Cannot fill in {env:${name}} in ${where}: the variable is not set; set it by --env, in an --env-file or in the environment`;

const urlsOf = (action: Action | undefined): string[] =>
  action?.kind === "http" ? [action.url] : [];

/** The URL with the values of its variables. Throws an EnvironmentError if they make no URL of it. */
export function filledUrl(url: string, variables: Variables): string {
  const filled = expandVariables(url, valueIn(variables));
  if (filled !== url && !isHttpUrl(filled)) {
    throw noProbe(describeProbe({ kind: "http", url }));
  }
  return filled;
}
