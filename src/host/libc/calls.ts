/**
 * Calls to libc for which Deno has no API. Each user names the functions that
 * it needs. They are loaded on first use, because a symbol costs a quarter of a
 * millisecond. Callers must work without them if no libc can be loaded.
 *
 * Only "buffer" and integer parameters are used: they need no more than the
 * permission for the library's path. Buffers are read and written during the
 * call only.
 *
 * Calls on which a start or a restart waits are declared to return a struct of
 * one number, which the ABI returns like the number itself. For such a symbol
 * the runtime compiles no trampoline, which would take longer than a few calls.
 */
import { LIBC_PATHS } from "./paths.ts";

/** The functions behind the symbols. */
export type Calls<S extends Deno.ForeignLibraryInterface> =
  Deno.StaticForeignLibraryInterface<S>;

/**
 * The path at which libc was found; null if none of the paths could be loaded.
 */
let knownPath: string | null | undefined;

/**
 * Returns a function that loads the calls when it is first called; it returns
 * undefined if libc cannot be loaded.
 */
export function libcCalls<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): () => Calls<S> | undefined {
  let opened: { calls: Calls<S> | undefined } | undefined;
  return () => (opened ??= { calls: open(symbols) }).calls;
}

function open<S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Calls<S> | undefined {
  if (knownPath === null) return undefined;
  const candidates = knownPath === undefined ? LIBC_PATHS : [knownPath];
  for (const path of candidates) {
    try {
      const library = Deno.dlopen(path, symbols);
      knownPath = path;
      return library.symbols;
    } catch {
      // This path belongs to another distribution, or is not permitted: the
      // next one is tried.
    }
  }
  knownPath ??= null;
  return undefined;
}
