/** Fleets of real managers, which take turns by Leases of the real API server. */
import { deepEqual, equal, match } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { fromRoot } from "../../scripts/denort.ts";
import { KUSTOMIZE } from "../deploy/workloads.ts";
import { EXECUTABLE } from "../e2e/harness.ts";
import { pause, until } from "../e2e/until.ts";
import { fleetTest, ROLE, told } from "./fleet.ts";
import type { PolicyRule } from "./namespace.ts";
import type { Replica } from "./replicas.ts";

const COUNT = 20;

fleetTest(
  "fleet: 20 replicas take a good, refuse a bad and take a good update, with an API server that is killed meanwhile",
  { count: COUNT, limit: 3, options: ["--fleet-soak=1s"] },
  async (fleet) => {
    const { replicas, server } = fleet;
    await replicas.publish("good-2");
    await replicas.runOn("good-2");

    await replicas.publish("bad-3");
    await fleet.untilTold("content_rejected_by_fleet", COUNT - 1);
    await fleet.untilTold("content_refused_for_fleet", 1);
    equal(replicas.triedBy("bad-3"), 1);
    await replicas.runOn("good-2");

    const taken = () =>
      replicas.all.flatMap((one) => told(one, "slot_taken")).length;
    const before = taken();
    await replicas.publish("good-4");
    await until("a slot for the third update", () => taken() > before);
    await server.kill();
    // The outage is longer than the pause between two questions of a replica.
    await pause(3_000);
    await server.restart();
    await replicas.runOn("good-4");
    equal(replicas.triedBy("bad-3"), 1);

    await fleet.expectTurns();
    await fleet.expectStops();
  },
);

fleetTest(
  "fleet: the Role of deploy/ has exactly the verbs that are used",
  { count: 3, options: ["--fleet-soak=1s"] },
  async (fleet) => {
    const { replicas } = fleet;
    await replicas.publish("good-2");
    await replicas.runOn("good-2");
    await replicas.publish("bad-3");
    await fleet.untilTold("content_rejected_by_fleet", 2);
    await replicas.publish("good-4");
    await replicas.runOn("good-4");
    await fleet.expectTurns();
    await fleet.expectStops();
    fleet.expectUses(ROLE);
  },
);

/** What deploy/ adds to the Role, so that each pod can list all. */
const MEMBER_RULES = (parseAll(
  Deno.readTextFileSync(`${KUSTOMIZE}/components/fleet-members/role.yaml`),
) as { kind: string; rules: readonly PolicyRule[] }[])
  .find(({ kind }) => kind === "Role")!.rules;

interface ShownFleet {
  readonly members_unreachable: string | null;
  readonly members:
    | readonly {
      readonly name: string;
      readonly content: string | null;
      readonly does: string | null;
      readonly next: string | null;
    }[]
    | null;
}

/** What `flush-manager fleet` shows in this pod. */
async function fleetIn({ control }: Replica): Promise<ShownFleet> {
  const args = ["fleet", `--control=${control}`, "-o", "json"];
  const { stdout } = await new Deno.Command(EXECUTABLE, { args }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

fleetTest(
  "fleet: any pod lists all of them, with exactly the verbs of the component",
  {
    count: 3,
    options: ["--fleet-soak=1h", "--kubernetes-members"],
    rules: [...ROLE, ...MEMBER_RULES],
  },
  async (fleet) => {
    const { replicas } = fleet;
    const untilShown = (by: Replica, ...wanted: string[]) =>
      until(`the pods in ${by.pod.name}'s table do: ${wanted}`, async () => {
        const { members } = await fleetIn(by);
        const done = (members ?? []).filter(({ content }) => content !== null)
          .map(({ does, content, next }) =>
            `${does ?? "nothing"}${content === next ? " and runs" : ""}`
          );
        return done.sort().join() === wanted.join() ? members! : undefined;
      });
    const [first, second] = replicas.all;
    const idle = await untilShown(first, "nothing", "nothing", "nothing");
    deepEqual(idle.map(({ name }) => name), ["web-0", "web-1", "web-2"]);
    equal(new Set(idle.map(({ content }) => content)).size, 1);

    await replicas.publish("good-2");
    const reloading = await untilShown(
      second,
      ...["tries and runs", "waits", "waits"],
    );
    const [next] = new Set(reloading.map(({ next }) => next));
    const canary = reloading.find(({ does }) => does === "tries")!;
    const ran = replicas.all.filter(({ manager }) =>
      manager.out.count("runs on good-2") > 0
    );
    deepEqual(ran.map(({ pod }) => pod.name), [canary.name]);
    for (const one of reloading) {
      equal(one.next, next);
      equal(one.content, one === canary ? next : idle[0].content, one.name);
    }
    await fleet.expectStops();
    fleet.expectUses([...ROLE, ...MEMBER_RULES]);
  },
);

fleetTest(
  "fleet: a pod that may not show itself says which rule is missing, and takes its turns",
  { count: 1, options: ["--fleet-soak=1s", "--kubernetes-members"] },
  async (fleet) => {
    const { replicas: { all: [pod] }, replicas } = fleet;
    const missing = (verb: string) =>
      new RegExp(`the Role needs ${verb} on leases\\.coordination\\.k8s\\.io`);
    await fleet.untilTold("fleet_not_shown", 1);
    match(String(told(pod, "fleet_not_shown")[0].detail), missing("patch"));
    const { members, members_unreachable: fault } = await fleetIn(pod);
    equal(members, null);
    match(fault ?? "", missing("list"));
    await replicas.publish("good-2");
    await replicas.runOn("good-2");
    equal(told(pod, "fleet_unreachable").length, 0);
    await fleet.expectStops();
  },
);

/** What the guide adds to the Role for what is told on the pod itself. */
const POD_RULES = parseAll(
  /## On the pod itself\n[^]*?```yaml\n([^]*?)```/
    .exec(Deno.readTextFileSync(fromRoot("docs/fleet.md")))![1],
)[0] as readonly PolicyRule[];

interface PodEvent {
  readonly reason: string;
  readonly regarding: { readonly name: string };
  readonly series?: { readonly count: number };
}

interface PodStatus {
  readonly status: {
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
    }[];
  };
}

fleetTest(
  "fleet: the pods tell of their reloads, with exactly the verbs that the guide names",
  {
    count: 2,
    options: [
      "--fleet-soak=1s",
      "--kubernetes-events",
      "--kubernetes-condition",
    ],
    rules: [...ROLE, ...POD_RULES],
  },
  async (fleet) => {
    const { replicas, namespace, server } = fleet;
    const conditions = () =>
      Promise.all(replicas.all.map(async ({ pod }) => {
        const path = namespace.path(`pods/${pod.name}`);
        const { status } = await server.admin.must<PodStatus>("GET", path);
        return status.conditions.find(({ type }) =>
          type === "flush-manager.dev/ConfigCurrent"
        )?.status;
      }));
    const untilConditions = (wanted: string) =>
      until(
        `conditions that are ${wanted}`,
        async () => (await conditions()).every((status) => status === wanted),
      );

    await replicas.publish("good-2");
    await replicas.runOn("good-2");
    await untilConditions("True");
    await replicas.publish("bad-3");
    await untilConditions("False");
    const [first] = fleet.told("content_refused_for_fleet");
    const [other] = fleet.told("content_rejected_by_fleet");
    await replicas.publish("good-2");
    const reverted = () => fleet.told("change_reverted").length === 2;
    await until("the old content at both", reverted);
    // The other one is told the same of the same content: a series.
    await replicas.publish("bad-3");
    const again = () => told(other, "content_rejected_by_fleet").length === 2;
    await until("the refused content at the other", again);
    await fleet.expectStops();

    const { items } = await server.admin.must<{ items: PodEvent[] }>(
      "GET",
      namespace.path("events"),
    );
    const eventsOf = ({ pod }: Replica) =>
      items.filter(({ regarding }) => regarding.name === pod.name)
        .map(({ reason, series }) => `${reason} ${series?.count ?? 1}`);
    deepEqual(eventsOf(first).slice(0, 2), [
      "ConfigReloaded 1",
      "ConfigRolledBack 1",
    ]);
    deepEqual(eventsOf(other), ["ConfigReloaded 1", "ConfigRejected 2"]);
    fleet.expectUses([...ROLE, ...POD_RULES]);
  },
);
