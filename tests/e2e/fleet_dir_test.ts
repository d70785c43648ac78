/** `--fleet` with `--fleet-dir`: managers of one host take turns. */
import { equal, match, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import {
  CANARY,
  group,
  REJECTED,
  RELEASED,
  TAKEN,
  tried,
  WAITING,
} from "./fleets.ts";
import type { Manager } from "./harness.ts";
import { change, loggedAtMs, refuses, runsOn, start } from "./reloads.ts";

/** When each manager had its slot, by its log in JSON. */
const turns = (managers: readonly Manager[]) =>
  managers.map((manager) => ({
    from: loggedAtMs(manager, TAKEN),
    to: loggedAtMs(manager, RELEASED),
  })).toSorted((one, other) => one.from - other.from);

Deno.test(row(
  "fleet: content that fails at one manager is rejected by the others unseen, and the next one reaches all of them, one at a time",
  async (bench) => {
    const { file, managers } = await group(bench, 3, "--log-format=json");
    const { canary, others } = await tried(file, managers, "bad");
    await canary.log.wait(
      "New configuration refused for the fleet: rolled back",
    );
    await runsOn(canary, "first", 3);
    for (const other of others) {
      await other.log.wait(REJECTED);
      other.expectStarts(1);
    }
    change(file, "second");
    for (const manager of managers) {
      await runsOn(manager, "second", manager === canary ? 4 : 2);
      await manager.log.wait(RELEASED, { nth: manager === canary ? 2 : 1 });
    }
    equal(
      managers.flatMap(({ log }) =>
        log.matches("New configuration proven for the fleet")
      ).length,
      1,
    );
    const [first, second] = turns(others);
    ok(first.to <= second.from, "two of them reloaded at the same time");
    for (const manager of managers) equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "fleet: a child that ends in its soak is rolled back, and the others reject its content unseen",
  async (bench) => {
    const { file, managers, askers } = await group(
      bench,
      2,
      "--fleet-soak=1h",
    );
    const { canary, others: [other] } = await tried(file, managers, "dies");
    await canary.log.wait(
      "New configuration refused for the fleet: the child ended by itself",
    );
    await runsOn(canary, "first", 3);
    await other.log.wait(REJECTED);
    other.expectStarts(1);
    const asker = askers[managers.indexOf(canary)];
    const { reloads: [reload] } = await asker.status();
    equal(reload.outcome, "rolled_back");
    equal(reload.detail, "the child ended by itself: exit status 3");
    for (const manager of managers) equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "fleet: a child that somebody kills in its soak says nothing about its content, which the next one tries",
  async (bench) => {
    const { file, managers } = await group(bench, 2, "--fleet-soak=1h");
    const { canary, others: [other] } = await tried(file, managers, "second");
    await runsOn(canary, "second", 2);
    await canary.log.wait("is ready after", { nth: 2 });
    const { text } = await canary.out.wait("ready pid=", { nth: 2 });
    Deno.kill(Number(text.split("=")[1]), "SIGKILL");
    await canary.log.wait("New configuration not judged for the fleet: ");
    await runsOn(canary, "first", 3);
    await other.log.wait(CANARY);
    await runsOn(other, "second", 2);
    equal(other.log.count(REJECTED), 0);
    for (const manager of managers) equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "fleet: a manager that is killed while it tries new content leaves its slot to the next one",
  async (bench) => {
    const { file, managers } = await group(bench, 2, "--fleet-soak=1h");
    const { canary, others: [other] } = await tried(file, managers, "second");
    await runsOn(canary, "second", 2);
    const waits = await other.log.wait(WAITING);
    match(waits.text, /tries this configuration$/);
    other.expectStarts(1);
    canary.signal("SIGKILL");
    await other.log.wait(CANARY);
    await runsOn(other, "second", 2);
    equal(await other.stop(), 0);
  },
));

Deno.test(row(
  "fleet: a stop gives the slot back at once",
  async (bench) => {
    const { file, managers } = await group(bench, 2, "--fleet-soak=1h");
    const { canary, others: [other] } = await tried(file, managers, "second");
    await runsOn(canary, "second", 2);
    await other.log.wait(WAITING);
    equal(await canary.stop(), 0);
    await start(other, 2);
    equal(await other.stop(), 0);
  },
));

Deno.test(row(
  "fleet: an operator's force tries content again that the fleet has refused",
  async (bench) => {
    const { file, managers: [manager], askers: [asker] } = await group(
      bench,
      1,
    );
    change(file, "bad");
    await manager.log.wait("New configuration refused for the fleet");
    await runsOn(manager, "first", 3);
    equal((await asker.command("reload", "--force")).code, 0);
    await runsOn(manager, "first", 5);
    equal(manager.log.count(REJECTED), 0);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "fleet: where the directory is gone a reload proceeds without a slot after --fleet-timeout",
  async (bench) => {
    const { file, directory, managers: [manager] } = await group(
      bench,
      1,
      "--fleet-timeout=1s",
    );
    Deno.renameSync(directory, `${directory}.away`);
    change(file, "second");
    await manager.log.wait("Fleet cannot be asked: ");
    await manager.log.wait("reloading without a slot; other managers may");
    await runsOn(manager, "second", 2);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "fleet: with hold it waits for the directory",
  async (bench) => {
    const { file, directory, managers: [manager] } = await group(
      bench,
      1,
      "--fleet-unreachable=hold",
      "--fleet-timeout=0s",
    );
    Deno.renameSync(directory, `${directory}.away`);
    change(file, "second");
    await manager.log.wait("keeps its last configuration until it can");
    manager.expectStarts(1);
    Deno.renameSync(`${directory}.away`, directory);
    await runsOn(manager, "second", 2);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "fleet: a crash is followed by a start that waits for nobody",
  async (bench) => {
    const { file, managers } = await group(
      bench,
      2,
      "--fleet-soak=1h",
      "--restart=always",
      "--backoff=10ms..10ms",
    );
    const { canary, others: [other] } = await tried(file, managers, "second");
    await other.log.wait(WAITING);
    const { text } = await other.out.wait("ready pid=");
    Deno.kill(Number(text.split("=")[1]), "SIGKILL");
    await start(other, 2);
    equal(await other.stop(), 0);
    equal(await canary.stop(), 0);
  },
));

Deno.test(row("refused: --fleet-dir that is not there", async (bench) => {
  const manager = bench.run([
    `--config=${bench.write("app.conf", "first")}`,
    "--fleet=web",
    `--fleet-dir=${bench.path("nowhere")}`,
    "--",
    "sleep",
    "1000",
  ]);
  await refuses(manager, 1, "Cannot use the fleet directory", "make it first");
}));

Deno.test(
  row(
    "refused: --fleet outside of a cluster, without --fleet-dir",
    async (bench) => {
      const manager = bench.run([
        `--config=${bench.write("app.conf", "first")}`,
        "--fleet=web",
        "--",
        "sleep",
        "1000",
      ]);
      await refuses(manager, 1, "KUBERNETES_SERVICE_HOST");
    },
  ),
);

Deno.test(
  row(
    "refused: --kubernetes-members where nobody tells which pod this is; check says it too",
    async (bench) => {
      const account = bench.mkdir("account");
      for (const [name, text] of Object.entries(OPAQUE_ACCOUNT)) {
        Deno.writeTextFileSync(`${account}/${name}`, text);
      }
      const options = [
        `--config=${bench.write("app.conf", "first")}`,
        "--fleet=web",
        "--kubernetes-members",
        "--",
        "sleep",
        "1000",
      ];
      const env = {
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: "1",
        KUBERNETES_SERVICE_ACCOUNT_DIR: account,
      };
      const why = "nobody tells which pod this is";
      await refuses(
        bench.run(options, { env }),
        1,
        why,
        "POD_NAME and POD_UID",
      );
      const checked = bench.run(["check", ...options], { env });
      equal(await checked.exitCode(), 1);
      await checked.out.wait(`fault: Cannot use --kubernetes-members: ${why}`);
    },
  ),
);

/** A token that names no pod. */
const OPAQUE_ACCOUNT = { token: "opaque", namespace: "web", "ca.crt": "" };
