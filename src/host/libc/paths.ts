/**
 * Owns the list of places where glibc may be found. The compiled executable is
 * granted FFI on exactly these paths, and the reaper opens them in this order.
 * Must not import anything: `scripts/compile.ts` reads it at build time.
 */

/**
 * Absolute paths of glibc's `libc.so.6`, most specific first.
 *
 * Deno compares the path given to `Deno.dlopen` with the granted one, so the
 * two spellings of a merged `/usr` are both listed. A path that holds the C
 * library of another architecture fails to load, and the next one is tried.
 * musl is absent on purpose: the Deno runtime itself needs glibc.
 */
export const LIBC_PATHS: readonly string[] = [
  // Debian, Ubuntu and distroless.
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/usr/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/usr/lib/aarch64-linux-gnu/libc.so.6",
  // Fedora, RHEL and SUSE.
  "/lib64/libc.so.6",
  "/usr/lib64/libc.so.6",
  // Arch.
  "/usr/lib/libc.so.6",
  "/lib/libc.so.6",
];
