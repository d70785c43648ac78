/**
 * `flush-manager install DIR`: copies the executable into a directory, without a
 * shell or `cp`, so that an init container can hand it to an image that has
 * none. Must not know what is done with the copy.
 */

/** What came of it: the path of the copy, or why there is none. */
export type Installed =
  | { readonly path: string }
  | { readonly refusal: string };

/** The name of the copy. */
const NAME = "flush-manager";
const MODE = 0o755;

/**
 * Copies `program` into `directory`. The copy gets its name when it is complete,
 * so one that is there already is replaced also while it runs.
 *
 * @param program the executable's own path; undefined where there is none
 */
export function install(
  program: string | undefined,
  directory: string,
): Installed {
  const cannot = (why: string): Installed => ({
    refusal: `Cannot install into ${directory}: ${why}`,
  });
  if (program === undefined) {
    return cannot("this is no executable; make one with scripts/dev compile");
  }
  const path = `${directory.replace(/\/+$/, "")}/${NAME}`;
  const unfinished = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    const found = statIfThere(directory);
    if (found === undefined) {
      return cannot("it does not exist; mount a volume there or create it");
    }
    if (!found.isDirectory) return cannot("it is no directory");
    Deno.copyFileSync(program, unfinished);
    Deno.chmodSync(unfinished, MODE);
    Deno.renameSync(unfinished, path);
  } catch (error) {
    removeIfThere(unfinished);
    return cannot(whyOf(error));
  }
  return { path };
}

function whyOf(error: unknown): string {
  // "No space left on device (os error 28), copy '...' -> '...'"
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \(os error \d+\).*$/s, "");
}

function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was not made.
  }
}
