/** What real managers of a fleet do without the real API server, without a right, and without each other. */
import { equal, match, ok } from "node:assert/strict";
import { until } from "../e2e/until.ts";
import { fleetTest, told } from "./fleet.ts";
import { type Replica, runsOn } from "./replicas.ts";
import { expiredToken } from "./service_account_token.ts";

const HOLD = ["--fleet-soak=1s", "--fleet-unreachable=hold"];

/** Why the replica cannot ask its fleet, as it has said first. */
async function reasonOf(replica: Replica): Promise<string> {
  const [{ msg }] = await until("a fleet that cannot be asked", () => {
    const all = told(replica, "fleet_unreachable");
    return all.length > 0 && all;
  });
  return String(msg);
}

fleetTest(
  "fleet faults: a replica whose token is over waits, and reloads with the next one",
  { count: 2, options: HOLD },
  async ({ replicas, namespace, server }) => {
    const [good, late] = replicas.all;
    const token = await namespace.token(late.pod);
    const over = await expiredToken(token, server.tokenKey);
    await namespace.writeServiceAccount(late.account, over);
    await replicas.publish("good-2");
    match(await reasonOf(late), /the token in \S+ is not accepted;/);
    await until("the other on the new content", () => runsOn(good, "good-2"));
    ok(runsOn(late, "good-1"));
    for (const secret of [token, over]) {
      ok(!late.manager.transcript().includes(secret.split(".")[2]));
    }

    await namespace.writeServiceAccount(late.account, token);
    await replicas.runOn("good-2");
  },
);

fleetTest(
  "fleet faults: without a Role nobody reloads, and the log names what is missing",
  { count: 2, options: HOLD, rules: [] },
  async (fleet) => {
    const { replicas, namespace } = fleet;
    await replicas.publish("good-2");
    for (const replica of replicas.all) {
      match(
        await reasonOf(replica),
        new RegExp(
          `the Role needs get on leases\\.coordination\\.k8s\\.io in namespace ${namespace.name}; the child keeps its last configuration until it can$`,
        ),
      );
    }
    equal(replicas.triedBy("good-2"), 0);
    await fleet.grant();
    await replicas.runOn("good-2");
    await fleet.expectTurns();
  },
);

fleetTest(
  "fleet faults: without a Role they reload after --fleet-timeout, and say so",
  {
    count: 2,
    options: ["--fleet-soak=1s", "--fleet-timeout=2s"],
    rules: [],
  },
  async (fleet) => {
    await fleet.replicas.publish("good-2");
    await fleet.replicas.runOn("good-2");
    for (const replica of fleet.replicas.all) {
      match(await reasonOf(replica), /; reloading without a slot in 2s$/);
      equal(told(replica, "fleet_passed_over").length, 1);
      equal(told(replica, "slot_taken").length, 0);
    }
  },
);

fleetTest(
  "fleet faults: an API server that accepts and answers nothing is waited for",
  { count: 3, options: HOLD },
  async (fleet) => {
    const { replicas, server } = fleet;
    await server.freeze();
    try {
      await replicas.publish("good-2");
      for (const replica of replicas.all) {
        match(await reasonOf(replica), /no answer within/);
      }
      equal(replicas.triedBy("good-2"), 0);
    } finally {
      server.thaw();
    }
    await replicas.runOn("good-2");
    await fleet.expectTurns();
  },
);

fleetTest(
  "fleet faults: content whose trial two managers do not survive is refused by the others",
  { count: 4, options: ["--fleet-soak=1h"] },
  async (fleet) => {
    const { all } = fleet.replicas;
    const victims: Replica[] = [];
    await fleet.replicas.publish("good for nobody");
    while (victims.length < 2) {
      const victim = await until(
        "a replica that tries the content",
        () =>
          all.find((replica) =>
            !victims.includes(replica) && runsOn(replica, "good for nobody")
          ),
      );
      victim.manager.signal("SIGKILL");
      await victim.manager.ended();
      victims.push(victim);
    }
    await fleet.untilTold("content_rejected_by_fleet", 2);
    const [replica] = fleet.told("content_rejected_by_fleet");
    const [{ msg }] = told(replica, "content_rejected_by_fleet");
    match(String(msg), /2 managers vanished while they tried it/);
    equal(fleet.replicas.triedBy("good for nobody"), 2);
  },
);
