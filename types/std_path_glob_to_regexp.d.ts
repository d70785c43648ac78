/** The declaration that deno-std's JavaScript lacks, as in @std/path/posix/glob-to-regexp. */
export function globToRegExp(
  glob: string,
  options?: {
    extended?: boolean;
    globstar?: boolean;
    caseInsensitive?: boolean;
  },
): RegExp;
