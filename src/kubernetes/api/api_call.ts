/** One call of the API of Kubernetes, as its rules for access name it. Pure. */

/** A kind of objects; the names are those of a rule of a Role. */
export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource?: string;
}

/** `apply` is a server-side apply: it makes the object where there is none, and replaces the fields that we have written before. */
export type Verb = "get" | "list" | "create" | "update" | "patch" | "apply";

export interface ApiCall {
  readonly verb: Verb;
  readonly resource: ApiResource;
  readonly namespace: string;
  /** Of the object; none for `list` and `create`. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The object, or the part of it that a patch changes. */
  readonly body?: unknown;
}

const METHODS: Readonly<Record<Verb, string>> = {
  get: "GET",
  list: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  apply: "PATCH",
};

export const methodOf = ({ verb }: ApiCall): string => METHODS[verb];

/** The type of a patch is that of kubectl: lists with a key are merged by it. JSON is YAML. */
const PATCH_TYPES: Partial<Readonly<Record<Verb, string>>> = {
  patch: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

export const contentTypeOf = ({ verb }: ApiCall): string =>
  PATCH_TYPES[verb] ?? "application/json";

/** With the query. */
export function targetOf(
  { resource, namespace, name, query = {} }: ApiCall,
): string {
  const { group, version, plural, subresource } = resource;
  const parts = [
    ...group === "" ? ["api"] : ["apis", group],
    ...[version, "namespaces", namespace, plural],
    ...name === undefined ? [] : [name],
    ...subresource === undefined ? [] : [subresource],
  ];
  const search = new URLSearchParams(query).toString();
  return `/${parts.map(encodeURIComponent).join("/")}${
    search === "" ? "" : `?${search}`
  }`;
}

/** What a Role has to allow for the call: "get on leases.coordination.k8s.io in namespace web". */
export const accessOf = ({ verb, resource, namespace }: ApiCall): string =>
  accessText(
    verb === "apply" ? "patch" : verb,
    resourceText(resource),
    resource.group,
    namespace,
  );

const resourceText = ({ plural, subresource }: ApiResource): string =>
  subresource === undefined ? plural : `${plural}/${subresource}`;

export const accessText = (
  verb: string,
  resource: string,
  group: string,
  namespace: string | undefined,
): string =>
  `${verb} on ${resource}${group === "" ? "" : `.${group}`}${
    namespace === undefined ? "" : ` in namespace ${namespace}`
  }`;
