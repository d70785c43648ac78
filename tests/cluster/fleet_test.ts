/** Fleets of real managers, which take turns by Leases of the real API server. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { build } from "../deploy/kustomize.ts";
import { GREETER_FLEET } from "../deploy/workloads.ts";
import { records } from "../e2e/reloads.ts";
import { pause, until } from "../e2e/until.ts";
import { HANG_MS } from "../fixtures/limits.ts";
import type { ApiServer, AuditEvent } from "./api_server.ts";
import { clusterTest } from "./cluster.ts";
import { LeaseHistory } from "./lease_history.ts";
import { Namespace, type PolicyRule } from "./namespace.ts";
import { mostAtOnce, reloadsOf } from "./reload_times.ts";
import { type Replica, Replicas } from "./replicas.ts";

const GROUP = "greeter";
const OPTIONS = [
  `--fleet=${GROUP}`,
  "--fleet-soak=1s",
  "--fleet-settle=0s",
  "--debounce=100ms",
  "--ready-interval=100ms",
  "--log-format=json",
];

/** The Role that deploy/ has for a fleet that reloads one after the other. */
const ROLE = build(GREETER_FLEET).find(({ kind }) => kind === "Role")!
  .rules as readonly PolicyRule[];

/** What its comment says of more slots. */
const roleFor = (limit: number): PolicyRule[] =>
  ROLE.map(({ resourceNames, verbs, ...rule }) =>
    resourceNames === undefined
      ? { ...rule, verbs: [...verbs, "list"] }
      : { ...rule, verbs, resourceNames: slots(limit) }
  );

const slots = (limit: number): string[] =>
  Array.from({ length: limit }, (_, index) => `${GROUP}-${index}`);

/** A fleet on "good-1", and all that has happened to its Leases. */
async function fleet(
  server: ApiServer,
  count: number,
  { options = [], rules = ROLE }: {
    readonly options?: readonly string[];
    readonly rules?: readonly PolicyRule[];
  } = {},
) {
  const stack = new AsyncDisposableStack();
  const namespace = await Namespace.create(server);
  const serviceAccount = `${GROUP}-fleet`;
  await namespace.serviceAccount(serviceAccount);
  if (rules.length > 0) await namespace.grant(serviceAccount, rules);
  const history = stack.use(await LeaseHistory.follow(server, namespace));
  const replicas = stack.use(
    await Replicas.start({
      ...{ server, namespace, serviceAccount, count },
      options: [...OPTIONS, ...options],
    }, "good-1"),
  );
  return {
    ...{ namespace, serviceAccount, history, replicas },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const told = ({ manager }: Replica, name: string) =>
  records(manager, "").filter(({ event }) => event === name);

/** Waits until so many replicas have logged this event. */
const untilTold = (replicas: Replicas, name: string, count: number) =>
  until(
    `${name} at ${count} replicas`,
    () =>
      replicas.all.filter((one) => told(one, name).length > 0).length === count,
    2 * HANG_MS,
  );

/** Each reload was within a time in which its pod had a Lease. */
async function expectTurns(
  history: LeaseHistory,
  { all }: Replicas,
  limit: number,
): Promise<void> {
  await history.caughtUp();
  const holdings = history.holdings();
  const reloads = reloadsOf(all);
  for (const reload of reloads) {
    ok(
      holdings.some(({ holder, fromMs, toMs }) =>
        holder.startsWith(`${reload.pod}_`) && fromMs <= reload.fromMs &&
        reload.toMs <= toMs
      ),
      JSON.stringify({ reload, holdings }),
    );
  }
  ok(mostAtOnce(reloads) <= limit, JSON.stringify(reloads));
}

const isOf = ({ name }: Namespace) => ({ objectRef }: AuditEvent) =>
  objectRef?.namespace === name;

clusterTest(
  "fleet: 20 replicas take a good, refuse a bad and take a good update, with an API server that is killed meanwhile",
  async (server) => {
    const [COUNT, LIMIT] = [20, 3];
    await using bench = await fleet(server, COUNT, {
      options: [`--fleet-limit=${LIMIT}`],
      rules: roleFor(LIMIT),
    });
    const { history, replicas, namespace } = bench;

    await replicas.publish("good-2");
    await replicas.runOn("good-2");

    await replicas.publish("bad-3");
    await untilTold(replicas, "content_rejected_by_fleet", COUNT - 1);
    await untilTold(replicas, "content_refused_for_fleet", 1);
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

    await expectTurns(history, replicas, LIMIT);
    deepEqual([...new Set(await replicas.stop())], [0]);
    await history.caughtUp();
    deepEqual(history.holdings().filter(({ toMs }) => toMs === Infinity), []);
    const refused = server.audit().filter(isOf(namespace))
      .filter(({ responseStatus }) => responseStatus?.code === 403);
    deepEqual(refused, []);
  },
);
