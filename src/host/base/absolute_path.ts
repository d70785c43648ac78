/** A path that means the same from every directory. */

/** The path, seen from `directory` or else from ours. Links and dots in it stay. */
export function absolutePath(path: string, directory = ""): string {
  if (path.startsWith("/")) return path;
  const inside = directory === "" ? path : `${directory}/${path}`;
  return inside.startsWith("/") ? inside : `${Deno.cwd()}/${inside}`;
}
