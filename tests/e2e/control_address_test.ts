/** Where the control endpoint of the executable listens, and who is let in over the network. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { answered, ask, Client, requestOf } from "../fixtures/http_client.ts";
import { type Bench, needing, row } from "./bench.ts";
import { Asker, controlled } from "./control.ts";
import { holdPort } from "../fixtures/held_port.ts";
import type { Manager } from "./harness.ts";
import { withMounts } from "./namespaces.ts";
import { refuses } from "./reloads.ts";
import { until } from "./until.ts";

const LISTENS = "Control endpoint listens on ";
const bearer = (token: string) => ({
  headers: { Authorization: `Bearer ${token}` },
});

Deno.test(
  row("control: over TCP a token is asked for, probes need none", async (
    bench,
  ) => {
    using held = holdPort();
    const { port } = held;
    const file = bench.write("token", "right-7\n");
    const { manager, asker } = await controlled(bench, [
      `--control=tcp:127.0.0.1:${port}`,
      `--control-token-file=${file}`,
    ]);
    for (const path of ["/livez", "/readyz", "/metrics", "/-/ready"]) {
      equal((await ask(port, path)).status, 200, path);
    }
    for (const path of ["/status", "/health", "/events", "/nothing"]) {
      equal((await ask(port, path)).status, 401, path);
      equal((await ask(port, path, bearer("wrong-7"))).status, 401, path);
    }
    const post = { method: "POST" };
    equal((await ask(port, "/reload", post)).status, 401);
    equal((await ask(port, "/status", bearer("right-7"))).status, 200);
    bench.write("token", "other-8\n");
    equal((await ask(port, "/status", bearer("right-7"))).status, 401);
    equal((await ask(port, "/status", bearer("other-8"))).status, 200);
    Deno.removeSync(file);
    equal((await ask(port, "/status", bearer(""))).status, 401);
    await manager.log.wait("Cannot use the token in ");
    const { body } = await asker.get("/health");
    match(JSON.parse(body).checks.control.detail, /token/);
    bench.write("token", "right-7\n");
    const asked = { ...post, ...bearer("right-7") };
    equal((await ask(port, "/reload?wait", asked)).status, 200);
    await manager.started(2);
    for (const { text } of manager.log.entries) {
      ok(!/(right|other)-/.test(text));
    }
  }),
);

Deno.test(
  row(
    "control: without a token a loopback answers probes and metrics alone",
    async (bench) => {
      using held = holdPort();
      const { port } = held;
      const running = await controlled(bench, [
        `--control=tcp:127.0.0.1:${port}`,
      ]);
      equal((await ask(port, "/readyz")).body, "ok");
      match((await ask(port, "/metrics")).body, /^flush_manager_child_up 1$/m);
      for (const path of ["/status", "/health", "/events", "/settings"]) {
        equal((await ask(port, path)).status, 403, path);
      }
      const { asker } = running;
      for (const path of ["/hold", "/reload", "/child/stop"]) {
        equal((await ask(port, path, { method: "POST" })).status, 403, path);
      }
      const { state, hold, reloads } = await asker.status();
      deepEqual([state, hold, reloads], ["running", null, []]);
    },
  ),
);

Deno.test(
  row("control: a network address without a token is refused", async (
    bench,
  ) => {
    const manager = bench.supervise({
      options: ["--control=tcp:0.0.0.0:9913"],
    });
    equal(await manager.exitCode(), 2);
    const [line, ...others] = manager.log.entries;
    match(line.text, /everybody on the network .*--control-token-file/);
    deepEqual([others, manager.out.entries], [[], []]);
  }),
);

const TLS = new URL("../fixtures/tls/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));

/** The status of an answer over TLS; undefined where the certificate is another one. */
async function overTls(port: number, pair: string) {
  const caCerts = [pem(`${pair}.cert.pem`)];
  const conn = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts });
  using client = new Client(conn);
  try {
    await conn.handshake();
  } catch {
    return undefined;
  }
  await client.send(requestOf("/readyz"));
  return answered(await client.rest()).status;
}

Deno.test(
  row("control: TLS, with a certificate that is renewed", async (bench) => {
    using held = holdPort();
    const { port } = held;
    const give = (pair: string) => {
      bench.write("key.pem", pem(`${pair}.key.pem`));
      return bench.write("cert.pem", pem(`${pair}.cert.pem`));
    };
    const { manager } = await controlled(bench, [
      `--control=tcp:127.0.0.1:${port}`,
      `--control-tls-cert=${give("one")}`,
      `--control-tls-key=${bench.path("key.pem")}`,
    ]);
    deepEqual([await overTls(port, "one"), await overTls(port, "two")], [
      200,
      undefined,
    ]);
    bench.write("key.pem", "broken");
    await manager.log.wait("are no pair of a certificate and its key");
    equal(await overTls(port, "one"), 200);
    give("two");
    await manager.log.wait("Control endpoint uses a new certificate");
    equal(await overTls(port, "two"), 200);
    const cert = `--ca=${bench.path("cert.pem")}`;
    const control = `--control=https://127.0.0.1:${port}`;
    const client = bench.run(["health", "--ready", control, cert]);
    equal(await client.exitCode(), 0);
    equal(await manager.stop(), 0);
  }),
);

/** A manager that cannot have its address: one line tells why, and nothing was started. */
async function isRefused(manager: Manager, why: RegExp): Promise<void> {
  const errors = await refuses(manager, 1);
  equal(errors.length, 1, errors.join("\n"));
  match(errors[0], why);
}

Deno.test(
  row("control: an address that is in use ends the start with 1", async (
    bench,
  ) => {
    const { asker } = await controlled(bench);
    const second = bench.supervise({ options: [`--control=${asker.address}`] });
    await isRefused(
      second,
      /control\.sock: the address is in use by another process/,
    );
    equal((await asker.get("/readyz")).body, "ok");
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const third = bench.supervise({
      options: [`--control=tcp:127.0.0.1:${listener.addr.port}`],
    });
    await isRefused(
      third,
      /tcp:127\.0\.0\.1:\d+.*is in use by another process/,
    );
    const fourth = bench.supervise({
      options: [`--control=unix:${bench.path("nowhere/control.sock")}`],
    });
    await isRefused(fourth, /nowhere/);
  }),
);

Deno.test(
  row("control: the socket that a killed manager left is replaced", async (
    bench,
  ) => {
    const { manager, asker } = await controlled(bench);
    manager.signal("SIGKILL");
    await manager.ended();
    ok(Deno.lstatSync(asker.path).isSocket);
    const next = bench.supervise({
      options: [`--control=${asker.address},mode=0660`],
    });
    await next.ready({ watches: false });
    equal((await asker.status()).pid, next.pid);
    equal((Deno.lstatSync(asker.path).mode ?? 0) & 0o777, 0o660);
    equal(await next.stop(), 0);
    // Neither the socket nor anything that went with it is left.
    deepEqual(
      [...Deno.readDirSync(bench.directory)].map(({ name }) => name),
      ["app.conf"],
    );
  }),
);

Deno.test(
  row("control: its socket goes with a child that ends by itself", async (
    bench,
  ) => {
    const asker = new Asker(bench);
    const manager = bench.supervise({
      options: [`--control=${asker.address}`],
      child: ["--exit-on", "USR1:7"],
    });
    await manager.ready({ watches: false });
    equal((await asker.get("/livez")).body, "ok");
    manager.signal("SIGUSR1");
    equal(await manager.exitCode(), 7);
    deepEqual([...Deno.readDirSync(bench.directory)], []);
  }),
);

/** Every test here has a /run of its own: the default is the same path for all. */
const withRun = (script: string) =>
  withMounts(`mount -t tmpfs run /run\n${script}`);
const THERE = withRun("mkdir /run/flush-manager");
const ABSENT = withRun(":");
const READ_ONLY = withRun(
  "mkdir /run/flush-manager; mount -t tmpfs -o ro none /run/flush-manager",
);
const SOCKET = "/run/flush-manager/control.sock";

/** The path in the manager's own file system. */
const seenBy = (manager: Manager) => `/proc/${manager.pid}/root${SOCKET}`;

async function onDefault(bench: Bench, through: readonly string[]) {
  const manager = bench.supervise({ through });
  await manager.ready({ watches: false });
  const told = manager.log.matches("ontrol endpoint").map(({ text }) => text);
  return { manager, told };
}

Deno.test(
  row(
    "control: auto listens where its directory is",
    needing(THERE, async (bench) => {
      const { manager, told } = await onDefault(bench, THERE.through);
      equal(told.length, 1);
      match(told[0], new RegExp(`INFO: .*${LISTENS}unix:${SOCKET}$`));
      equal(Deno.lstatSync(seenBy(manager)).isSocket, true);
      equal((Deno.lstatSync(seenBy(manager)).mode ?? 0) & 0o777, 0o600);
      equal(await manager.stop(), 0);
    }),
  ),
);

for (
  const [what, world, why] of [
    ["is not there", ABSENT, /\/run\/flush-manager does not exist$/],
    ["cannot be written", READ_ONLY, /control\.sock/],
  ] as const
) {
  Deno.test(
    row(
      `control: auto does without where its directory ${what}`,
      needing(world, async (bench) => {
        const { manager, told } = await onDefault(bench, world.through);
        equal(told.length, 1, told.join("\n"));
        match(told[0], /DEBUG: .*No control endpoint: /);
        match(told[0], why);
        equal(manager.log.count(/ (WARN|ERROR): /), 0);
        equal(await manager.stop(), 0);
      }),
    ),
  );
}

Deno.test(
  row(
    "control: an empty --control switches it off",
    needing(THERE, async (bench) => {
      for (const options of [["--control="], ["--control", ""]]) {
        const { through } = THERE;
        const manager = bench.supervise({ options, through });
        await manager.ready({ watches: false });
        equal(manager.log.count("ontrol endpoint"), 0);
        await until(
          "the program of the manager",
          () => Deno.readTextFileSync(`/proc/${manager.pid}/comm`) !== "sh\n",
        );
        const names = [...Deno.readDirSync(
          `/proc/${manager.pid}/root/run/flush-manager`,
        )];
        deepEqual(names, []);
        equal(await manager.stop(), 0);
      }
    }),
  ),
);
