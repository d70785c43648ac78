/**
 * Calls to libc that Deno has no word for. Each user names its own, and they
 * are loaded on first use, because a symbol costs a quarter of a millisecond;
 * where no libc can be loaded the callers do without.
 *
 * Only "buffer" and integer parameters are used: they need no more than the
 * permission for the library's path. Buffers are read and written during the
 * call only.
 *
 * Calls that a start or a restart waits for say that they return a struct of
 * one number, which the ABI returns like the number: for such a symbol the
 * runtime compiles no trampoline, which takes longer than a few calls.
 */
import { LIBC_PATHS } from "./paths.ts";

/** The functions behind the symbols. */
export type Calls<S extends Deno.ForeignLibraryInterface> =
  Deno.StaticForeignLibraryInterface<S>;

/** Where libc was found; null once it is known to be nowhere. */
let knownPath: string | null | undefined;

/** The calls, loaded when they are first asked for; undefined where libc cannot be loaded. */
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
      // Another distribution's path, or no permission for it: try the next.
    }
  }
  knownPath ??= null;
  return undefined;
}
