/**
 * Safe reloads of a real nginx on sockets of its own: its check, and its own
 * reload by HUP.
 */
import { equal, match } from "node:assert/strict";
import { nginxCheck, SERVES } from "./nginx.ts";
import { realTest } from "./programs.ts";
import { Site } from "./site.ts";

const NGINX = { needs: ["nginx"] } as const;
const QUIT = "--stop-signal=QUIT";

realTest(
  "nginx: nginx -t keeps a bad configuration away",
  NGINX,
  async (bench) => {
    const site = new Site(bench);
    const manager = await site.start([QUIT, nginxCheck(bench)]);
    await site.answers("first");
    const childPid = await manager.started(1);

    site.publish("second", "no_such_directive on;");
    await manager.log.wait(
      "New configuration rejected: the check ended with exit status 1; the child keeps its last configuration until it changes again",
    );
    await manager.log.wait(
      /Check output: .*\[emerg\].* unknown directive "no_such_directive" in .*nginx\.conf:\d+$/,
    );
    await manager.log.wait(
      /Check output: nginx: configuration file .* test failed$/,
    );
    equal(await site.ask(), "first");
    equal(manager.childPid, childPid);
    await manager.started(1);

    // Good again, as the child has it: nothing is to be done.
    site.publish("first");
    await manager.log.wait("File content is the running child's again");
    equal(manager.childPid, childPid);

    // And other content that is good.
    site.publish("third", "no_such_directive on;");
    await manager.log.wait("New configuration rejected", { nth: 2 });
    site.publish("fourth");
    await site.answers("fourth");
    await manager.started(2);
    equal(manager.log.count("New configuration rejected"), 2);
    equal(await manager.stop(), 0);
  },
);

realTest(
  "nginx: a bad configuration at the start is exit 1",
  NGINX,
  async (bench) => {
    const site = new Site(bench, { more: "no_such_directive on;" });
    const manager = await site.start([nginxCheck(bench)]);
    equal(await manager.exitCode(), 1);
    equal(manager.starts, 0);
    match(manager.transcript(), /unknown directive "no_such_directive"/);
  },
);

realTest("nginx: HUP reloads in the same master", NGINX, async (bench) => {
  const site = new Site(bench);
  const manager = await site.start([
    "--on-change=signal:HUP",
    nginxCheck(bench),
    "--ready=tcp:127.0.0.1:" + site.port,
    "--ready-interval=20ms",
  ]);
  await manager.log.wait("is ready after");
  const childPid = await manager.started(1);
  const pidFile = bench.path("nginx.pid");
  const master = Deno.readTextFileSync(pidFile);

  site.publish("second");
  await manager.log.wait(`sending SIGHUP to child process (PID: ${childPid})`);
  await site.answers("second");
  equal(Deno.readTextFileSync(pidFile), master);
  equal(Number(master), childPid);
  await manager.started(1);
  equal(manager.log.count(SERVES), 2);
  equal(await manager.stop(), 0);
});
