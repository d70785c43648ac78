/**
 * What `kustomize build` makes of the folders in deploy/kustomize, as far as they
 * use it, for machines without kubectl. kustomize_test.ts compares both.
 */
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import {
  applyOperation,
  isMap,
  mergeInto,
  type PatchOperation,
  placesAt,
  type YamlMap,
} from "./nodes.ts";

/** An object of Kubernetes. */
export interface Manifest extends YamlMap {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: YamlMap & { name: string };
}

/** What chooses objects: all that is given has to be the same. */
interface Selector {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
}

interface Replacement {
  readonly source: Selector & { readonly fieldPath: string };
  readonly targets: readonly {
    readonly select: Selector;
    readonly fieldPaths: readonly string[];
    readonly options?: { readonly delimiter: string; readonly index: number };
  }[];
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly namespace?: string;
  readonly patches?: readonly {
    readonly target: Selector;
    readonly path?: string;
    readonly patch?: string;
  }[];
  readonly replacements?: readonly Replacement[];
  readonly images?: readonly {
    readonly name: string;
    readonly newName: string;
    readonly newTag: string;
  }[];
}

/** Keys that are read here; another one would be left out unnoticed. */
const KNOWN: readonly string[] = [
  ...["apiVersion", "kind", "resources", "components", "namespace", "patches"],
  ...["replacements", "images"],
];

/** The objects that `directory` describes. */
export function build(directory: string): Manifest[] {
  const objects: Manifest[] = [];
  accumulate(directory, objects);
  return objects;
}

/** Adds those of a directory, and changes those that are there already if it is a component. */
function accumulate(directory: string, objects: Manifest[]): void {
  const [kustomization] = documents(`${directory}/kustomization.yaml`) as [
    Kustomization,
  ];
  const unknown = Object.keys(kustomization).find((key) =>
    !KNOWN.includes(key)
  );
  if (unknown !== undefined) {
    throw new Error(`${directory}: ${unknown} is not known here`);
  }
  const { resources = [], components = [], patches = [] } = kustomization;
  for (const resource of resources) {
    const path = `${directory}/${resource}`;
    if (Deno.statSync(path).isDirectory) objects.push(...build(path));
    else objects.push(...documents(path) as Manifest[]);
  }
  for (const path of components) accumulate(`${directory}/${path}`, objects);
  for (const { target, path, patch } of patches) {
    const text = patch ?? Deno.readTextFileSync(`${directory}/${path}`);
    for (const object of selected(objects, target)) applyPatch(object, text);
  }
  for (const each of kustomization.images ?? []) rename(objects, each);
  const { namespace } = kustomization;
  if (namespace !== undefined) place(objects, namespace);
  for (const each of kustomization.replacements ?? []) replace(objects, each);
}

const documents = (path: string) => parseAll(Deno.readTextFileSync(path));

const selected = (
  objects: readonly Manifest[],
  { group, kind, name }: Selector,
): Manifest[] =>
  objects.filter((object) =>
    (group === undefined || object.apiVersion.startsWith(`${group}/`)) &&
    (kind === undefined || object.kind === kind) &&
    (name === undefined || object.metadata.name === name)
  );

function applyPatch(object: Manifest, text: string): void {
  const [patch] = parseAll(text);
  if (Array.isArray(patch)) {
    for (const operation of patch as PatchOperation[]) {
      applyOperation(object, operation);
    }
  } else {
    const { spec } = patch as YamlMap;
    mergeInto(object, { spec });
  }
}

function rename(
  value: unknown,
  image: NonNullable<Kustomization["images"]>[number],
): void {
  if (Array.isArray(value)) { for (const each of value) rename(each, image); }
  if (!isMap(value)) return;
  if (value.image === image.name) {
    value.image = `${image.newName}:${image.newTag}`;
  }
  for (const each of Object.values(value)) rename(each, image);
}

/** A ServiceAccount that a RoleBinding names is in the namespace of that of the kustomization. */
function place(objects: readonly Manifest[], namespace: string): void {
  const accounts = selected(objects, { kind: "ServiceAccount" })
    .map(({ metadata }) => metadata.name);
  for (const object of objects) {
    object.metadata.namespace = namespace;
    for (const { value } of placesAt(object, "subjects.*")) {
      const subject = value as YamlMap;
      if (accounts.includes(String(subject.name))) {
        subject.namespace = namespace;
      }
    }
  }
}

function replace(
  objects: readonly Manifest[],
  { source, targets }: Replacement,
): void {
  const sources = selected(objects, source);
  const [found] = sources.flatMap((object) =>
    placesAt(object, source.fieldPath)
  );
  if (sources.length !== 1 || found === undefined) {
    throw new Error(
      `${source.fieldPath} is in ${sources.length} objects, or not there`,
    );
  }
  for (const { select, fieldPaths, options } of targets) {
    for (const object of selected(objects, select)) {
      const places = fieldPaths.flatMap((path) => placesAt(object, path));
      for (const { value, set } of places) {
        set(
          options === undefined
            ? found.value
            : String(value).split(options.delimiter).with(
              options.index,
              String(found.value),
            ).join(options.delimiter),
        );
      }
    }
  }
}
