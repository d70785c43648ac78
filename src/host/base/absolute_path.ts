/** Makes a path absolute, so that it means the same in every directory. */

/**
 * The path as seen from `directory`, or from our working directory if none is
 * given. Links and dots in it stay.
 */
export function absolutePath(path: string, directory = ""): string {
  if (path.startsWith("/")) return path;
  const inside = directory === "" ? path : `${directory}/${path}`;
  return inside.startsWith("/") ? inside : `${Deno.cwd()}/${inside}`;
}
