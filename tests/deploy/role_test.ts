/** The Role of a fleet allows all that flush-manager asks the API for, and nothing else. */
import { deepEqual, ok } from "node:assert/strict";
import { LeaseBoard } from "../../src/fleet/leases/lease_board.ts";
import { LeaseStore } from "../../src/fleet/leases/lease_store.ts";
import type { ApiCall } from "../../src/kubernetes/api/api_call.ts";
import { ApiFault } from "../../src/kubernetes/api/api_fault.ts";
import { build, type Manifest } from "./kustomize.ts";
import { guideFiles } from "./guide.ts";
import { foreign, GREETER_FLEET } from "./workloads.ts";

const NAMESPACE = "default";

/** An API that keeps objects by their names, and refuses each second change of one as made for an older version. */
class RecordedApi {
  /** What a Role has to allow, in words. */
  readonly asked = new Set<string>();
  readonly #objects = new Map<string, object>();
  #isRefused = false;

  async call(call: ApiCall): Promise<unknown> {
    this.asked.add(accessOf(call));
    const name = call.name ?? nameIn(call.body);
    switch (call.verb) {
      case "list":
        return await { items: [...this.#objects.values()] };
      case "get":
        if (!this.#objects.has(name)) throw new ApiFault("missing", "none");
        return this.#objects.get(name);
      default:
        this.#isRefused = call.verb === "update" && !this.#isRefused;
        if (this.#isRefused) throw new ApiFault("conflict", "another version");
        return this.#kept(name, call.body as object);
    }
  }

  close(): void {}

  #kept(name: string, body: object): object {
    const { metadata } = body as { metadata: object };
    const kept = { ...body, metadata: { ...metadata, resourceVersion: "1" } };
    this.#objects.set(name, kept);
    return kept;
  }
}

const nameIn = (body: unknown): string =>
  (body as { metadata?: { name: string } } | undefined)?.metadata?.name ?? "";

function accessOf({ verb, resource, namespace, name }: ApiCall): string {
  deepEqual(namespace, NAMESPACE);
  const { group, plural, subresource } = resource;
  const path = [group, plural, subresource].filter((part) =>
    part !== undefined
  );
  return accessText(verb === "apply" ? "patch" : verb, path.join("/"), name);
}

const accessText = (verb: string, resource: string, name = "any") =>
  `${verb} ${resource} ${name}`;

/** All that a manager asks for: to take each slot, to renew it beside others, and to give it back. */
async function askedFor(group: string, limit: number): Promise<string[]> {
  const client = new RecordedApi();
  const identity = { name: "web-1", uid: "uid" };
  const holder = { ...identity, content: "a".repeat(64), isTrial: false };
  const { signal } = new AbortController();
  for (let index = 0; index < limit; index++) {
    const store = new LeaseStore({
      ...{ client, namespace: NAMESPACE, group, limit, identity },
    });
    const taken = { index, holder, verdicts: undefined };
    ok(await store.change(await store.read(signal), taken, signal));
    ok(await store.renew(index, signal));
    const free = { ...taken, holder: undefined };
    await store.change(await store.read(signal), free, signal);
  }
  return [...client.asked].sort();
}

/** What the rules of this Role allow. */
function allowedBy(objects: readonly Manifest[], role: string): string[] {
  const { rules } = objects.find(({ kind, metadata: { name } }) =>
    kind === "Role" && name === role
  ) as unknown as {
    readonly rules: readonly {
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
      readonly resourceNames?: readonly string[];
    }[];
  };
  return rules.flatMap((rule) => {
    const { apiGroups, resources, verbs, resourceNames = [undefined] } = rule;
    return apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          resourceNames.map((name) =>
            accessText(verb, `${group}/${resource}`, name)
          )
        )
      )
    );
  }).sort();
}

Deno.test("role: with one slot, what is asked for is what is allowed", async () => {
  deepEqual(
    allowedBy(build(GREETER_FLEET), "greeter-fleet"),
    await askedFor("greeter", 1),
  );
});

Deno.test("role: with two slots, the patch of the guide adds what is asked for besides", async () => {
  await using directory = await guideFiles();
  const patch = directory.blocks.find((text) => text.startsWith("patches:"))!;
  const path = `${directory.path}/kustomization.yaml`;
  await Deno.writeTextFile(path, patch, { append: true });
  deepEqual(
    allowedBy(build(directory.path), "web-fleet"),
    await askedFor("web", 2),
  );
});

Deno.test("role: to show what a manager does and to list all is what the component for it allows; a Lease that is not there is made", async () => {
  const client = new RecordedApi();
  const pod = { name: "web-1", uid: "uid" };
  const board = new LeaseBoard({
    ...{ client, namespace: NAMESPACE, group: "web", pod },
  });
  const { signal } = new AbortController();
  await board.show({ runs: undefined, next: undefined }, signal);
  await board.members(signal);
  await using directory = await foreign();
  const leases = "coordination.k8s.io/leases";
  const create = accessText("create", leases);
  deepEqual(
    allowedBy(build(directory.path), "my-shop-fleet-members"),
    [...client.asked, create].map((text) => text.replace(/web\.web-1$/, "any"))
      .sort(),
  );
});
