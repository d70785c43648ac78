/**
 * A fleet of managers with a namespace of its own, and what has happened to its
 * Leases. Must not know what is tested.
 */
import { deepEqual, ok } from "node:assert/strict";
import { build } from "../deploy/kustomize.ts";
import { GREETER_FLEET } from "../deploy/workloads.ts";
import { records } from "../e2e/reloads.ts";
import { until } from "../e2e/until.ts";
import { HANG_MS } from "../fixtures/limits.ts";
import type { ApiServer, AuditEvent } from "./api_server.ts";
import { clusterTest } from "./cluster.ts";
import { LeaseHistory } from "./lease_history.ts";
import { Namespace, type PolicyRule } from "./namespace.ts";
import { mostAtOnce, reloadsOf } from "./reload_times.ts";
import { type Replica, Replicas } from "./replicas.ts";

/** How that of deploy/ is called. */
const GROUP = "greeter";
const ACCOUNT = `${GROUP}-fleet`;

/** The Role that deploy/ has for a fleet that reloads one after the other. */
export const ROLE = build(GREETER_FLEET)
  .find(({ kind }) => kind === "Role")!.rules as readonly PolicyRule[];

export interface FleetSetup {
  /** How many managers there are. */
  readonly count: number;
  /** How many of them may reload at the same time; 1 unless given. */
  readonly limit?: number;
  readonly options?: readonly string[];
  /** What they may do; unless given, what the Role of deploy/ lets them. */
  readonly rules?: readonly PolicyRule[];
}

export class Fleet implements AsyncDisposable {
  readonly server: ApiServer;
  readonly namespace: Namespace;
  readonly history: LeaseHistory;
  readonly replicas: Replicas;
  readonly #limit: number;

  private constructor(
    server: ApiServer,
    namespace: Namespace,
    history: LeaseHistory,
    replicas: Replicas,
    limit: number,
  ) {
    this.server = server;
    this.namespace = namespace;
    this.history = history;
    this.replicas = replicas;
    this.#limit = limit;
  }

  /** On the content "good-1". */
  static async start(
    server: ApiServer,
    { count, limit = 1, options = [], rules = roleFor(limit) }: FleetSetup,
  ): Promise<Fleet> {
    const namespace = await Namespace.create(server);
    await namespace.serviceAccount(ACCOUNT);
    if (rules.length > 0) await namespace.grant(ACCOUNT, rules);
    await using started = new AsyncDisposableStack();
    const history = started.use(await LeaseHistory.follow(server, namespace));
    const replicas = await Replicas.start({
      ...{ server, namespace, count },
      serviceAccount: ACCOUNT,
      options: [
        `--fleet=${GROUP}`,
        `--fleet-limit=${limit}`,
        "--fleet-settle=0s",
        "--debounce=100ms",
        "--ready-interval=100ms",
        "--log-format=json",
        ...options,
      ],
    }, "good-1");
    started.move();
    return new Fleet(server, namespace, history, replicas, limit);
  }

  /** Gives them the Role that they have to have. */
  async grant(): Promise<void> {
    await this.namespace.grant(ACCOUNT, roleFor(this.#limit));
  }

  /** The replicas that have logged this event. */
  told(event: string): Replica[] {
    return this.replicas.all.filter((one) => told(one, event).length > 0);
  }

  /** Waits until so many have. */
  async untilTold(event: string, count: number): Promise<void> {
    await until(
      `${event} at ${count} replicas`,
      () => this.told(event).length === count,
      2 * HANG_MS,
    );
  }

  /** Each reload was within a time in which its pod had a Lease, and so few are at once. */
  async expectTurns(): Promise<void> {
    await this.history.caughtUp();
    const holdings = this.history.holdings();
    const reloads = reloadsOf(this.replicas.all);
    for (const { pod, fromMs, toMs } of reloads) {
      const turn = holdings.find(({ holder, ...time }) =>
        holder.startsWith(`${pod}_`) && time.fromMs <= fromMs &&
        toMs <= time.toMs
      );
      ok(turn, JSON.stringify({ pod, fromMs, toMs, holdings }));
    }
    ok(mostAtOnce(reloads) <= this.#limit, JSON.stringify(reloads));
  }

  /** All of them end with 0 when they are asked to, and give back what they have. */
  async expectStops(): Promise<void> {
    deepEqual([...new Set(await this.replicas.stop())], [0]);
    await this.history.caughtUp();
    const held = this.history.holdings().filter(({ toMs }) =>
      toMs === Infinity
    );
    deepEqual(held, []);
  }

  /** They have used all of these rules, and asked for nothing else. */
  expectUses(rules: readonly PolicyRule[]): void {
    const requests = this.server.audit().filter(({ objectRef }) =>
      objectRef?.namespace === this.namespace.name
    );
    const refused = requests.filter(({ responseStatus }) =>
      responseStatus?.code === 403
    );
    deepEqual(refused, []);
    deepEqual(distinct(requests.map(accessOf)), distinct(accessesOf(rules)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.replicas[Symbol.asyncDispose]();
    await this.history[Symbol.asyncDispose]();
  }
}

const distinct = (texts: readonly string[]): string[] =>
  [...new Set(texts)].toSorted();

/** As "patch pods/status", with the group in front of the resource where it has one. */
const accessText = (verb: string, group: string, resource: string): string =>
  `${verb} ${group === "" ? "" : `${group}/`}${resource}`;

function accessOf({ verb, objectRef }: AuditEvent): string {
  const { apiGroup = "", resource = "", subresource } = objectRef ?? {};
  const part = subresource === undefined ? "" : `/${subresource}`;
  return accessText(verb, apiGroup, `${resource}${part}`);
}

const accessesOf = (rules: readonly PolicyRule[]): string[] =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => accessText(verb, group, resource))
      )
    )
  );

/** What a replica has logged as this event, in its order. */
export const told = (
  { manager }: Replica,
  name: string,
): Record<string, unknown>[] =>
  records(manager, "").filter(({ event }) => event === name);

/** As the comment in that Role says. */
function roleFor(limit: number): readonly PolicyRule[] {
  if (limit === 1) return ROLE;
  const slots = Array.from({ length: limit }, (_, at) => `${GROUP}-${at}`);
  return ROLE.map((rule) => {
    if (!rule.resources.includes("leases")) return rule;
    return rule.resourceNames === undefined
      ? { ...rule, verbs: [...rule.verbs, "list"] }
      : { ...rule, resourceNames: slots };
  });
}

/** Declares a test of a fleet; when it fails, it shows what all managers have written. */
export function fleetTest(
  name: string,
  setup: FleetSetup,
  fn: (fleet: Fleet) => Promise<void>,
): void {
  clusterTest(name, async (server) => {
    await using fleet = await Fleet.start(server, setup);
    try {
      await fn(fleet);
    } catch (error) {
      if (error instanceof Error) {
        error.message += `\n${fleet.replicas.transcript()}`;
      }
      throw error;
    }
  });
}
