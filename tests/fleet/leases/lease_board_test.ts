/** What the managers of a fleet do, as Leases of an API server, over real TLS. */
import assert from "node:assert/strict";
import { LeaseBoard } from "../../../src/fleet/leases/lease_board.ts";
import { StoreUnreachable } from "../../../src/fleet/slots/slot_store.ts";
import { ApiClient } from "../../../src/kubernetes/api/api_client.ts";
import { ServiceAccount } from "../../../src/kubernetes/api/service_account.ts";
import { FakeKubernetes } from "../../fixtures/fake_kubernetes.ts";
import { refusal } from "../../fixtures/fake_kubernetes_objects.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import "../../host/loaded_libc.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/web/leases";
const A = "a".repeat(64);
const B = "b".repeat(64);
const IDLE = { runs: A, next: undefined };
const WAITING = { runs: A, next: { kind: "waits", content: B } } as const;
const AT = Date.UTC(2026, 11, 1, 8);

const forever = () => new AbortController().signal;
const listed = async (board: LeaseBoard) =>
  (await board.members(forever())).members;

class Bench implements AsyncDisposable {
  readonly api = new FakeKubernetes();
  readonly #clients: ApiClient[] = [];

  board(name: string, group = "web"): LeaseBoard {
    const client = new ApiClient({
      address: this.api.address,
      account: new ServiceAccount(this.api.directory),
      timeoutMs: HANG_MS,
    });
    this.#clients.push(client);
    const pod = { name, uid: `uid-of-${name}` };
    const wallNow = () => AT;
    return new LeaseBoard({ client, namespace: "web", group, pod, wallNow });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.api[Symbol.asyncDispose]();
  }
}

Deno.test("lease board: each manager is listed with what it showed last, by its name", async () => {
  await using bench = new Bench();
  const [web0, web1] = [bench.board("web-0"), bench.board("web-1")];
  assert.deepEqual(await listed(web0), []);
  await web1.show(WAITING, forever());
  await web0.show(WAITING, forever());
  await web0.show(IDLE, forever());
  const all = [{ name: "web-0", ...IDLE }, { name: "web-1", ...WAITING }];
  assert.deepEqual(await listed(web0), all);
  assert.deepEqual(await listed(web1), all);
  const nothing = { runs: undefined, next: undefined };
  await web1.show(nothing, forever());
  assert.deepEqual((await listed(web0))[1], {
    name: "web-1",
    ...nothing,
  });
});

Deno.test("lease board: a Lease belongs to its pod, and is not one of the slots", async () => {
  await using bench = new Bench();
  await bench.board("web-0").show(WAITING, forever());
  const { metadata, spec } = bench.api.objects.get(`${LEASES}/web.web-0`);
  assert.deepEqual(metadata.labels, {
    "flush-manager.dev/fleet-member": "web",
  });
  assert.deepEqual(metadata.annotations, {
    "flush-manager.dev/content": A,
    "flush-manager.dev/does": "waits",
    "flush-manager.dev/next": B,
  });
  assert.deepEqual(metadata.ownerReferences, [
    { apiVersion: "v1", kind: "Pod", name: "web-0", uid: "uid-of-web-0" },
  ]);
  assert.deepEqual(spec, {
    holderIdentity: "web-0_uid-of-web-0",
    renewTime: "2026-12-01T08:00:00.000000Z",
  });
});

Deno.test("lease board: to show something is one request, and so is to list", async () => {
  await using bench = new Bench();
  const board = bench.board("web-0");
  await board.show(WAITING, forever());
  await board.show(IDLE, forever());
  await board.members(forever());
  assert.deepEqual(
    bench.api.requests.map(({ method, path, query }) =>
      `${method} ${path.slice(LEASES.length)} ${query}`
    ),
    [
      "PATCH /web.web-0 fieldManager=flush-manager&force=true",
      "PATCH /web.web-0 fieldManager=flush-manager&force=true",
      "GET  labelSelector=flush-manager.dev%2Ffleet-member%3Dweb&limit=256",
    ],
  );
});

Deno.test("lease board: neither other groups nor what somebody else has labelled are listed", async () => {
  await using bench = new Bench();
  const board = bench.board("web-0");
  await board.show(IDLE, forever());
  await bench.board("web-0", "api").show(IDLE, forever());
  const labels = { "flush-manager.dev/fleet-member": "web" };
  const put = (name: string, spec: object, annotations = {}) =>
    bench.api.objects.set(`${LEASES}/${name}`, {
      kind: "Lease",
      metadata: { labels, annotations },
      spec,
    });
  put("leader", { holderIdentity: "web-7_1" });
  put("web.web-8", {});
  put("web.web-9", { holderIdentity: "web-9_1" }, {
    "flush-manager.dev/content": "a\nb",
    "flush-manager.dev/does": "explodes",
    "flush-manager.dev/next": B,
  });
  assert.deepEqual(await listed(board), [
    { name: "web-0", ...IDLE },
    { name: "web-9", runs: undefined, next: undefined },
  ]);
});

Deno.test("lease board: a rule that is missing is named, and the others are listed all the same", async () => {
  await using bench = new Bench();
  const board = bench.board("web-0");
  await bench.board("web-1").show(WAITING, forever());
  const message =
    'leases.coordination.k8s.io "web.web-0" is forbidden: User "u" cannot patch resource "leases" in API group "coordination.k8s.io" in the namespace "web"';
  bench.api.answer = ({ method }) =>
    method === "PATCH" ? refusal(403, "Forbidden", message) : undefined;
  const missing =
    /the Role needs patch on leases\.coordination\.k8s\.io in namespace web$/;
  await assert.rejects(board.show(IDLE, forever()), (error) => {
    assert.ok(error instanceof StoreUnreachable);
    assert.match(error.message, missing);
    return true;
  });
  assert.deepEqual(await listed(board), [{ name: "web-1", ...WAITING }]);
  bench.api.answer = () => undefined;
  await board.show(IDLE, forever());
  assert.deepEqual(await board.members(forever()), {
    members: [{ name: "web-0", ...IDLE }, { name: "web-1", ...WAITING }],
    isPartial: false,
  });
});

Deno.test("lease board: of a list that the server has cut, it is told that there are more", async () => {
  await using bench = new Bench();
  const board = bench.board("web-1");
  await board.show(WAITING, forever());
  bench.api.answer = async ({ method, path, query }) => {
    if (method !== "GET") return undefined;
    const whole = bench.api.objects.answer({
      ...{ method, path, query, body: "", headers: new Headers() },
    });
    const list = await whole.json();
    return Response.json({ ...list, metadata: { continue: "page-2" } });
  };
  assert.deepEqual(await board.members(forever()), {
    members: [{ name: "web-1", ...WAITING }],
    isPartial: true,
  });
});
