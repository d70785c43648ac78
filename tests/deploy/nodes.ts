/** Values of YAML documents, and the ways into them that kustomize has. Changes them in place. */

/** A map of a document. */
export type YamlMap = Record<string, unknown>;

export const isMap = (value: unknown): value is YamlMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One operation of RFC 6902, of the two that the components use. */
export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** @throws {Error} with the path if it does not apply */
export function applyOperation(
  document: YamlMap,
  { op, path, value }: PatchOperation,
): void {
  const words = path.split("/").slice(1);
  const last = words.pop()!;
  const parent = words.reduce<unknown>(child, document);
  if (op === "test") {
    const found = child(parent, last) ?? null;
    if (JSON.stringify(found) === JSON.stringify(value)) return;
    throw new Error(`${path} is ${JSON.stringify(found)}`);
  }
  if (op !== "add") throw new Error(`${op} is not known here`);
  if (Array.isArray(parent)) {
    const at = last === "-" ? parent.length : Number(last);
    parent.splice(at, 0, structuredClone(value));
  } else if (isMap(parent)) {
    parent[last] = structuredClone(value);
  } else {
    throw new Error(`there is nothing to add to at ${path}`);
  }
}

const child = (parent: unknown, word: string): unknown => {
  if (Array.isArray(parent)) return parent[Number(word)];
  return isMap(parent) ? parent[word] : undefined;
};

/** A strategic merge: maps are merged, lists of what has a name by that, with the new ones first. */
export function mergeInto(target: YamlMap, patch: YamlMap): void {
  for (const [key, value] of Object.entries(patch)) {
    const present = target[key];
    if (isMap(present) && isMap(value)) mergeInto(present, value);
    else if (Array.isArray(present) && Array.isArray(value)) {
      target[key] = mergedLists(present, value);
    } else target[key] = structuredClone(value);
  }
}

function mergedLists(present: unknown[], added: unknown[]): unknown[] {
  const merged = structuredClone(present);
  const fresh = added.filter((entry) => {
    const same = merged.find((other) => nameOf(other) === nameOf(entry));
    if (!isMap(same) || !isMap(entry)) return true;
    mergeInto(same, entry);
    return false;
  });
  return [...structuredClone(fresh), ...merged];
}

const nameOf = (entry: unknown): unknown =>
  isMap(entry) ? entry.name : undefined;

/** The words of a field path: dots part them, but not those in brackets. */
const wordsOf = (path: string): string[] =>
  path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [];

/** A place that holds a value. */
export interface Place {
  readonly value: unknown;
  set(value: unknown): void;
}

/** All that a field path of a replacement leads to: `a.0.[name=x].*`, also keys in brackets. */
export function placesAt(root: unknown, path: string): Place[] {
  let places: Place[] = [{ value: root, set: () => {} }];
  for (const word of wordsOf(path)) {
    places = places.flatMap(({ value }) => placesIn(value, word));
  }
  return places;
}

function placesIn(parent: unknown, word: string): Place[] {
  const key = /^\[([^=]*)\]$/.exec(word)?.[1] ?? word;
  const [, name, pattern] = /^\[(\w+)=(.*)\]$/.exec(word) ?? [];
  if (Array.isArray(parent)) {
    return parent.map((value, at): Place => ({
      value,
      set: (next) => parent[at] = next,
    })).filter(({ value }, at) =>
      name === undefined
        ? key === "*" || Number(key) === at
        // Not the whole of it has to match: so kustomize has it.
        : isMap(value) && new RegExp(pattern).test(String(value[name]))
    );
  }
  if (!isMap(parent) || !Object.hasOwn(parent, key)) return [];
  return [{ value: parent[key], set: (next) => parent[key] = next }];
}
