/**
 * Builds the arguments and the variables of a program that the manager starts:
 * the child, a check or an action. Owns the values of the placeholders, the set
 * of variables, and the paths at which a program finds the watched content.
 */
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import {
  expand,
  type PlaceholderValues,
} from "../../core/notation/placeholders.ts";
import {
  type VariableUse,
  variableUses,
} from "../../core/rules/variable_use.ts";
import type {
  Argv,
  Settings,
  WatchedPath,
} from "../../core/vocabulary/settings.ts";
import { absolutePath } from "../../host/base/absolute_path.ts";
import { childEnvironment } from "../../host/environment/child_env.ts";
import { readEnvironment } from "../../host/environment/env_files.ts";
import { Selection } from "../../host/fingerprint/selection.ts";
import type { Snapshots } from "../../host/snapshot/snapshots.ts";
import { assertFilled, valueIn, type Variables } from "./filled_probe.ts";
import { placeVariables } from "./reload_system.ts";

/** What is the same for all programs of one manager. */
export interface Surroundings {
  readonly settings: Settings;
  /**
   * In the order in which they are watched: first the paths that `{config}`
   * stands for, then the sources of variables.
   */
  readonly configs: readonly WatchedPath[];
  /** Descriptors of our listening sockets. */
  readonly listen: readonly number[];
}

/** The same, with what is made of it once. */
interface WatchedSurroundings extends Surroundings {
  /** The absolute paths of the watched content. */
  readonly watched: readonly string[];
  /** What counts of a directory of variables. */
  readonly selection: Selection;
  /** The variables that the settings need somewhere. */
  readonly uses: readonly VariableUse[];
}

/** The content that a program finds: as watched, saved, or that of its incarnation. */
export type Place = "watched" | Fingerprint | "run";

/** The programs of one manager. */
export class ProgramCalls {
  readonly #surroundings: Surroundings;
  readonly #snapshots: Snapshots | undefined;
  /**
   * The absolute paths of the watched content. They stay true if our working
   * directory is removed.
   */
  readonly watched: readonly string[];
  readonly #selection: Selection;
  readonly #uses: readonly VariableUse[];

  constructor(surroundings: Surroundings, snapshots: Snapshots | undefined) {
    this.#surroundings = surroundings;
    this.#uses = variableUses(surroundings.settings);
    this.#snapshots = snapshots;
    this.#selection = new Selection(surroundings.settings.ignore);
    this.watched = surroundings.configs.map(({ path }) => absolutePath(path));
  }

  /**
   * The call of a program of incarnation `run` that finds the content in this
   * place. Without saved content that is always the watched paths.
   */
  at(place: Place, run: number): ProgramCall {
    const snapshots = this.#snapshots;
    const paths = this.watched.map((path, index) =>
      place === "watched" || snapshots === undefined
        ? path
        : place === "run"
        ? snapshots.pathOfRun(index, run)
        : snapshots.pathOf(index, place)
    );
    return new ProgramCall(
      {
        ...this.#surroundings,
        watched: this.watched,
        selection: this.#selection,
        uses: this.#uses,
      },
      paths,
      run,
    );
  }
}

/** One program, with the content that it finds. */
export class ProgramCall {
  readonly #surroundings: WatchedSurroundings;
  readonly #paths: readonly string[];
  readonly #run: number;
  readonly #configCount: number;

  /**
   * `paths` says where the content of each watched path is now; `run` is the
   * number of the latest incarnation.
   */
  constructor(
    surroundings: WatchedSurroundings,
    paths: readonly string[],
    run: number,
  ) {
    this.#surroundings = surroundings;
    this.#paths = paths;
    this.#run = run;
    const { configs, settings } = surroundings;
    this.#configCount = configs.length - settings.environmentSources.length;
  }

  /**
   * Returns the text with its placeholders filled in, those of variables with the
   * values that a program with these variables has.
   */
  fill(text: string, variables: Variables): string {
    return this.#fill(text, valueIn(variables));
  }

  #fill(text: string, env: PlaceholderValues["env"]): string {
    const config = this.#configCount > 0
      ? this.#paths.slice(0, this.#configCount)
      : this.#unwatched();
    const { listen } = this.#surroundings;
    return expand(text, { config, listen, run: this.#run, env });
  }

  argv([first, ...rest]: Argv, variables: Variables): Argv {
    const fill = (text: string) => this.fill(text, variables);
    return [fill(first), ...rest.map(fill)];
  }

  /**
   * The variables that are added to the manager's own environment, with those
   * of `occasion` if one is given. Throws an EnvironmentError if a source of
   * variables cannot be used, and if a variable is missing whose value is to be
   * put in somewhere.
   */
  environment(occasion?: Occasion): Record<string, string> {
    const { settings, watched, selection } = this.#surroundings;
    const { environmentSources, env, compare, workdir } = settings;
    const sources = environmentSources.map(({ kind, path: name }, index) => ({
      kind,
      name,
      path: this.#paths[this.#configCount + index],
    }));
    const named = [...env].map(([name, value]) =>
      [name, this.#fill(value, undefined)] as const
    );
    const variables = {
      ...placeVariables(workdir),
      ...readEnvironment(sources, selection),
      ...Object.fromEntries(named),
      ...(occasion ? childEnvironment(occasion, { compare, watched }) : {}),
    };
    assertFilled(settings, this.#surroundings.uses, variables);
    return variables;
  }

  /**
   * The values of `{config}` if the built-in path does not exist, and is
   * therefore not watched.
   */
  #unwatched(): string[] {
    const { configs, environmentSources } = this.#surroundings.settings;
    return configs
      .slice(0, configs.length - environmentSources.length)
      .map(({ path }) => absolutePath(path));
  }
}
