/** What the rest of the collection needs of the settings: as the manager tells them, or as our own environment has them. Pure. */
import { jsonOf } from "../client/answer/answers.ts";
import { absolutePath } from "../host/base/absolute_path.ts";
import type {
  EnvironmentSource,
  Settings,
} from "../core/vocabulary/settings.ts";

export interface KnownSettings {
  /** Watched, or written to. */
  readonly paths: readonly string[];
  readonly environmentSources: readonly EnvironmentSource[];
  readonly tokenFile: string | undefined;
}

export const NOTHING_KNOWN: KnownSettings = {
  paths: [],
  environmentSources: [],
  tokenFile: undefined,
};

export const settingsKnownFrom = (
  { configs, snapshotDir, environmentSources, control }: Settings,
): KnownSettings => ({
  paths: pathsOf(configs.map(({ path }) => path), snapshotDir),
  environmentSources,
  tokenFile: control.tokenFile,
});

type Fields = Readonly<Record<string, unknown>>;

/** Of the answer to /settings; what is missing there is not known. */
export function settingsKnownFromAnswer(body: string): KnownSettings {
  const settings = fieldsOf(jsonOf(body));
  return {
    paths: pathsOf(
      listOf(settings.configs).flatMap(({ path }) => textsOf(path)),
      ...textsOf(settings.snapshot_dir),
    ),
    environmentSources: listOf(settings.environment_sources)
      .flatMap(({ kind, path }): EnvironmentSource[] =>
        textsOf(path).map((path) => ({
          kind: kind === "directory" ? kind : "file",
          path,
        }))
      ),
    tokenFile: textsOf(fieldsOf(settings.control).token_file)[0],
  };
}

/** The same with whole paths; relative ones begin in the manager's working directory, or in ours where that cannot be seen. */
export const seenFrom = (
  directory: string | undefined,
  { paths, environmentSources, tokenFile }: KnownSettings,
): KnownSettings => {
  const whole = (path: string) => absolutePath(path, directory);
  return {
    paths: paths.map(whole),
    environmentSources: environmentSources.map((source) => ({
      ...source,
      path: whole(source.path),
    })),
    tokenFile: tokenFile === undefined ? undefined : whole(tokenFile),
  };
};

const pathsOf = (
  configs: readonly string[],
  snapshotDir?: string,
): string[] => [
  ...configs,
  ...(snapshotDir === undefined ? [] : [snapshotDir]),
];

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? value as Fields : {};

const listOf = (value: unknown): Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf) : [];

const textsOf = (value: unknown): string[] =>
  typeof value === "string" ? [value] : [];
