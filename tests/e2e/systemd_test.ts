/**
 * What a service manager is told during a reload and a stop, and the signal that
 * asks for a reload, by the protocol of sd_notify(3) and `Type=notify-reload`: a
 * receiver of its datagrams stands for systemd.
 */
import { equal, match, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { controlled } from "./control.ts";
import type { Manager } from "./harness.ts";
import { change, QUICK, script } from "./reloads.ts";
import { AS_SERVICE, receiver } from "./service_manager.ts";

const RELOADING = "received: RELOADING=1";
const READY = "received: READY=1";

/** The settings of a manager that this service manager has started. */
const below = (bench: Bench) => ({
  env: { NOTIFY_SOCKET: bench.path("notify") },
});

/** Every state that was told, the status and what belongs to another line left out. */
const statesOf = ({ out }: Manager): string[] =>
  out.matches(/^received: [A-Z_]+=1$/).map(({ text }) =>
    text.slice("received: ".length)
  );

const lastStatus = ({ out }: Manager): string =>
  out.matches("STATUS=").at(-1)?.text.replace(/^.*STATUS=/, "") ?? "";

/** Waits until the latest status is like this. */
const status = (service: Manager, pattern: RegExp) =>
  service.out.wait(new RegExp(`STATUS=.*${pattern.source}`));

Deno.test(row(
  "systemd: a reload is told from its beginning to its end, with the time of its beginning",
  async (bench) => {
    const service = await receiver(bench);
    const { file, manager } = await bench.onFile({
      ...below(bench),
      options: [QUICK],
    });
    await service.out.wait(READY);
    change(file, "second");
    await service.out.wait(READY, { nth: 2 });
    change(file, "third");
    await service.out.wait(READY, { nth: 3 });
    await status(service, /reload 2 applied at /);
    equal(await manager.stop(), 0);
    await service.out.wait("received: STOPPING=1");
    equal(
      statesOf(service).join(" "),
      "READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 STOPPING=1",
    );
    const times = service.out.matches(/^MONOTONIC_USEC=\d+$/)
      .map(({ text }) => Number(text.slice("MONOTONIC_USEC=".length)));
    equal(times.length, 2);
    // CLOCK_BOOTTIME goes on during a sleep of the machine, CLOCK_MONOTONIC does not.
    const uptimeUsec =
      Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]) * 1e6;
    ok(times[0] < times[1], `${times}`);
    ok(times[1] <= uptimeUsec + 10_000, `${times[1]} > ${uptimeUsec}`);
    equal(service.out.count("EXTEND_TIMEOUT_USEC"), 0);
  },
));

Deno.test(row(
  "systemd: STATUS= tells what runs and since when, without its arguments",
  async (bench) => {
    const service = await receiver(bench);
    const manager = await bench.supervise({
      ...below(bench),
      child: ["--unset-env", "secret"],
    }).ready({ watches: false });
    await service.out.wait(READY);
    match(
      lastStatus(service),
      new RegExp(
        `^\\S+ \\(PID: ${manager.childPid}\\) is ready, runs since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$`,
      ),
    );
    equal(await manager.stop(), 0);
    equal(service.out.count("secret"), 0);
    await status(service, /No child serves: /);
  },
));

Deno.test(row(
  "systemd: a reload that the check rejects ends with READY=1, and STATUS= says so",
  async (bench) => {
    const service = await receiver(bench);
    const check = script(bench, "check", 'grep -q bad "$1" && exit 3\nexit 0');
    const { file, manager } = await bench.onFile({
      ...below(bench),
      options: [QUICK, `--check-command=${check} {config}`],
    });
    await service.out.wait(READY);
    change(file, "bad");
    await service.out.wait(READY, { nth: 2 });
    match(
      lastStatus(service),
      /reload 1 rejected at .*: the check ended with exit status 3$/,
    );
    manager.expectStarts(1);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "systemd: a reload that is rolled back ends with READY=1 when the last good content runs again",
  async (bench) => {
    const service = await receiver(bench);
    const sign = bench.path("sign");
    const program = script(
      bench,
      "program",
      `read -r content <"$1"\n[ "$content" = bad ] && exit 7\necho "on $content"\n: >${sign}\nexec sleep 1000`,
    );
    const file = bench.write("app.conf", "good\n");
    const manager = bench.run([
      `--config=${file}`,
      `--snapshot-dir=${bench.path("copies")}`,
      `--ready=file:${sign}`,
      "--ready-interval=20ms",
      QUICK,
      "--",
      program,
      "{config}",
    ], below(bench));
    await service.out.wait(READY);
    change(file, "bad\n");
    await service.out.wait(READY, { nth: 2 });
    await status(service, /reload 1 rolled back at .*exit status 7/);
    equal(manager.out.count("on good"), 2);
    equal(
      statesOf(service).join(" "),
      "READY=1 RELOADING=1 READY=1",
    );
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "systemd: --reload-signal asks for a reload although nothing has changed, and the child does not get it",
  async (bench) => {
    const service = await receiver(bench);
    const { manager, asker } = await controlled(
      bench,
      ["--reload-signal=HUP"],
      { ...below(bench), child: ["--trap", "HUP,USR1"] },
    );
    await service.out.wait(READY);
    manager.signal("SIGHUP");
    await service.out.wait(READY, { nth: 2 });
    await manager.started(2);
    equal(statesOf(service).join(" "), "READY=1 RELOADING=1 READY=1");
    equal(
      manager.log.count("Received signal: SIGHUP, which asks for a reload"),
      1,
    );
    const { reloads } = await asker.status();
    equal(reloads.length, 1);
    equal(reloads[0].trigger, "signal");
    equal(reloads[0].outcome, "applied");
    equal(
      await asker.metric(
        'flush_manager_reloads_total{trigger="signal",outcome="applied"}',
      ),
      1,
    );
    // Other signals are forwarded as ever.
    manager.signal("SIGUSR1");
    await manager.out.wait("got SIGUSR1");
    equal(await manager.stop(), 0);
    equal(manager.out.count("got SIGHUP"), 0);
  },
));

Deno.test(row(
  "systemd: signals during a reload are answered, and ask for one more",
  async (bench) => {
    const service = await receiver(bench);
    const gate = bench.write("gate", "");
    const check = script(
      bench,
      "check",
      `[ -e ${
        bench.path("slow")
      } ] || exit 0\nwhile [ -e ${gate} ]; do sleep 0.02; done`,
    );
    const { file, manager } = await bench.onFile({
      ...below(bench),
      options: [QUICK, "--reload-signal=USR2", `--check-command=${check}`],
    });
    await service.out.wait(READY);
    bench.write("slow", "");
    change(file, "second");
    await service.out.wait(RELOADING);
    manager.signal("SIGUSR2");
    await manager.waitForLog("Reload of child process by SIGUSR2 waits: ");
    manager.signal("SIGUSR2");
    await service.out.wait(RELOADING, { nth: 3 });
    equal(service.out.count(READY), 1);
    Deno.removeSync(gate);
    await service.out.wait(READY, { nth: 2 });
    await manager.started(3);
    equal(service.out.count(READY), 2);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "systemd: a reload signal that is declined is answered with RELOADING=1 and READY=1",
  async (bench) => {
    const service = await receiver(bench);
    const { manager, asker } = await controlled(
      bench,
      ["--reload-signal=HUP"],
      below(bench),
    );
    await service.out.wait(READY);
    equal((await asker.command("hold", "--reason=night")).code, 0);
    await status(service, /changes are held back \(night\)/);
    manager.signal("SIGHUP");
    await service.out.wait(READY, { nth: 2 });
    await manager.waitForLog("Cannot reload child process as requested: ");
    match(
      lastStatus(service),
      /reload declined at .*: changes are held back: night$/,
    );
    equal(statesOf(service).join(" "), "READY=1 RELOADING=1 READY=1");
    manager.expectStarts(1);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "systemd: a stop that may take longer than the default asks for more time, once",
  async (bench) => {
    const service = await receiver(bench);
    const manager = await bench.supervise({
      ...below(bench),
      options: ["--stop-timeout=2m", "--drain-delay=10ms"],
    }).ready({ watches: false });
    await service.out.wait(READY);
    equal(await manager.stop(), 0);
    await service.out.wait("received: STOPPING=1");
    // --drain-delay, --stop-timeout, one second for SIGKILL, five for our own end.
    await service.out.wait("EXTEND_TIMEOUT_USEC=126010000");
    equal(service.out.count("EXTEND_TIMEOUT_USEC"), 1);
  },
));

Deno.test(row(
  "systemd: a manager that does not run does not feed the watchdog",
  async (bench) => {
    const service = await receiver(bench);
    const manager = await bench.supervise({
      ...below(bench),
      through: AS_SERVICE("export WATCHDOG_PID=$$ WATCHDOG_USEC=100000;"),
    }).ready({ watches: false });
    await service.out.wait("received: WATCHDOG=1", { nth: 2 });
    manager.signal("SIGSTOP");
    // What was sent before the stop is read after it.
    await manager.nothingHappens(200);
    const before = service.out.count("WATCHDOG=1");
    await manager.nothingHappens(500);
    equal(service.out.count("WATCHDOG=1"), before);
    manager.signal("SIGCONT");
    await service.out.wait("received: WATCHDOG=1", { nth: before + 2 });
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "systemd: a NOTIFY_SOCKET with @ is an abstract one",
  async (bench) => {
    const name = `@flush-manager-${crypto.randomUUID()}`;
    const service = await receiver(bench, name);
    const manager = await bench.supervise({ env: { NOTIFY_SOCKET: name } })
      .ready({ watches: false });
    await service.out.wait(READY);
    equal(await manager.stop(), 0);
    await service.out.wait("received: STOPPING=1");
  },
));
