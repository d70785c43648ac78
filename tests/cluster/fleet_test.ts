/** Fleets of real managers, which take turns by Leases of the real API server. */
import { deepEqual, equal } from "node:assert/strict";
import { pause, until } from "../e2e/until.ts";
import { fleetTest, ROLE, told } from "./fleet.ts";

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

    const requests = fleet.requests();
    const refused = requests.filter(({ responseStatus }) =>
      responseStatus?.code === 403
    );
    deepEqual(refused, []);
    const used = requests.map(({ verb, objectRef }) => {
      const { apiGroup = "", resource, subresource } = objectRef!;
      return [verb, apiGroup, resource, ...subresource ? [subresource] : []];
    });
    const granted = ROLE.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => [verb, group, ...resource.split("/")])
        )
      )
    );
    const texts = (all: readonly string[][]) =>
      [...new Set(all.map((words) => words.join(" ")))].toSorted();
    deepEqual(texts(used), texts(granted));
  },
);
