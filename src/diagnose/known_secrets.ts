/** Secrets that can be known: they are taken out wherever they stand. They are never told to anybody. */
import { secretsIn } from "../core/notation/redaction.ts";
import type { EnvironmentSource } from "../core/vocabulary/settings.ts";
import { readEnvironment } from "../host/environment/env_files.ts";
import { readSmallText } from "../host/files/small_text.ts";

/** A manager takes no longer one. */
const TOKEN_MAX_BYTES = 4096;

export interface SecretSources {
  readonly variables: Iterable<readonly [name: string, value: string]>;
  readonly environmentSources: readonly EnvironmentSource[];
  /** Those that were read already: what was in a pipe is not there again. */
  readonly tokens: readonly string[];
  readonly tokenFiles: readonly string[];
}

/** What cannot be read here is passed over: the rules remain. */
export function knownSecrets(
  { variables, environmentSources, tokens, tokenFiles }: SecretSources,
): string[] {
  const sourced = environmentSources.flatMap((source) =>
    attempt(() => Object.entries(readEnvironment([source]))) ?? []
  );
  const read = tokenFiles.flatMap((path) =>
    attempt(() => readSmallText(path, TOKEN_MAX_BYTES).trim()) ?? []
  );
  return [...secretsIn([...variables, ...sourced]), ...tokens, ...read];
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
