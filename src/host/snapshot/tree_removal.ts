/** Removes what we have made in a directory of ours, whatever became of its modes. */
import type { MaybeAsync } from "../base/maybe_async.ts";
import type { Directory } from "../files/directory.ts";
import { DIRECTORY_MODE } from "./home.ts";
import { Slices } from "./slices.ts";

/** What cannot be removed is left for the next time. */
export function* removeTree(
  parent: Directory,
  name: string,
  slices = new Slices(),
): MaybeAsync<void> {
  try {
    yield* remove(parent, name, slices);
  } catch {
    // Somebody else's, or a disk that became read-only.
  }
}

function* remove(
  parent: Directory,
  name: string,
  slices: Slices,
): MaybeAsync<void> {
  yield* slices.breathe();
  const entry = parent.inodeOf(name);
  if (entry === undefined) return;
  if (entry.kind !== "directory") return parent.remove(name);
  if (entry.mode !== DIRECTORY_MODE) parent.chmodOf(name, DIRECTORY_MODE);
  yield* empty(parent, name, slices);
  parent.removeDirectory(name);
}

function* empty(
  parent: Directory,
  name: string,
  slices: Slices,
): MaybeAsync<void> {
  using directory = parent.open(name);
  for (const inside of directory.names()) {
    yield* remove(directory, inside, slices);
  }
}
