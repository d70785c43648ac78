/**
 * The ways in which programs replace a file, step by step. Only writes; must
 * not wait or watch.
 */

/** vim's default: the old file becomes a backup, a new one is written, the backup goes. */
export function saveAsVim(path: string, content: string): void {
  // Whether a new file could be made there at all (vim's "4913").
  Deno.writeTextFileSync(`${dirname(path)}/4913`, "");
  Deno.removeSync(`${dirname(path)}/4913`);
  Deno.renameSync(path, `${path}~`);
  Deno.writeTextFileSync(path, content);
  Deno.chmodSync(path, 0o644);
  Deno.removeSync(`${path}~`);
}

/** GNU sed replaces the whole line; it writes a new file and renames it. */
export async function saveWithSed(
  path: string,
  content: string,
): Promise<void> {
  const { success } = await new Deno.Command("sed", {
    args: ["-i", `s/.*/${content}/`, path],
  }).output();
  if (!success) throw new Error(`Cannot edit ${path} with sed -i`);
}

/** A new file is renamed over the old one. */
export function renameOver(path: string, content: string): void {
  Deno.writeTextFileSync(`${path}.new`, content);
  Deno.renameSync(`${path}.new`, path);
}

/** The old file is removed and a new one made. */
export function unlinkAndCreate(path: string, content: string): void {
  Deno.removeSync(path);
  Deno.writeTextFileSync(path, content);
}

/** `ln -f`: a hard link of a file from elsewhere takes the place. */
export async function linkOver(path: string, content: string): Promise<void> {
  Deno.writeTextFileSync(`${path}.source`, content);
  const { success } = await new Deno.Command("ln", {
    args: ["-f", `${path}.source`, path],
  }).output();
  if (!success) throw new Error(`Cannot replace ${path} with ln -f`);
}

/** Other content, and the modification time of `cp -p` from an old backup. */
export function writeAsOld(path: string, content: string): void {
  Deno.writeTextFileSync(`${path}.old`, content);
  const year1990 = new Date("1990-01-01T00:00:00Z");
  Deno.utimeSync(`${path}.old`, year1990, year1990);
  Deno.renameSync(`${path}.old`, path);
}

const dirname = (path: string) => path.slice(0, path.lastIndexOf("/"));
