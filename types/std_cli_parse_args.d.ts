// Declares the part of @std/cli's parse_args that this project calls; the npm
// form of the package ships JavaScript only. Must not declare more than is used.

/** What `parseArgs` is told about the arguments it will meet. */
export interface ParseOptions<B extends string, S extends string> {
  /** Names that take no value. */
  boolean?: readonly B[];
  /** Names whose value is a string, never guessed to be a number. */
  string?: readonly S[];
  /** Called for every argument that is not declared; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The values by name, and the positional arguments in `_`. */
export type ParsedArgs<B extends string, S extends string> =
  & { [K in B]: boolean }
  & { [K in S]?: string }
  & { _: (string | number)[] };

export function parseArgs<B extends string = never, S extends string = never>(
  args: readonly string[],
  options?: ParseOptions<B, S>,
): ParsedArgs<B, S>;
