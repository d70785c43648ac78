/** A real Prometheus at the control endpoint of the executable, with the alerts of deploy/. */
import { deepEqual, equal } from "node:assert/strict";
import { fromRoot } from "../../scripts/denort.ts";
import { Prometheus, WITH_PROMETHEUS } from "../fixtures/prometheus.ts";
import { promtool, WITH_PROMTOOL } from "../fixtures/promtool.ts";
import { needing, row } from "./bench.ts";
import { Asker, controlled } from "./control.ts";
import { holdPort } from "../fixtures/held_port.ts";
import { change, POLLS, QUICK, script } from "./reloads.ts";
import { until } from "./until.ts";

const ALERTS = fromRoot("deploy/alerts.yaml");
const NEEDED = "Debian's package prometheus is not installed";
const needed = ({ ignore }: { readonly ignore: boolean }) =>
  ignore ? { missing: NEEDED } : {};

Deno.test(
  row(
    "control: promtool accepts the metrics of a manager that has reloaded",
    needing(needed(WITH_PROMTOOL), async (bench) => {
      const { asker } = await controlled(bench, [
        `--health-check=db=file:${bench.path("database")}`,
      ]);
      equal((await asker.post("/reload?wait")).status, 200);
      const { body: input } = await asker.get("/metrics");
      const { code, said } = await promtool(["check", "metrics"], { input });
      deepEqual([code, said], [0, ""]);
    }),
  ),
);

Deno.test(
  row(
    "control: Prometheus fires on a rolled-back configuration and a crash loop",
    needing(needed(WITH_PROMETHEUS), async (bench) => {
      const program = script(
        bench,
        "program",
        'grep -q bad "$1" && exit 3; echo "ready pid=$$"; exec sleep 1000',
      );
      const file = bench.write("app.conf", "first");
      using held = holdPort();
      const { port } = held;
      const asker = new Asker(bench);
      const manager = bench.run([
        ...[QUICK, POLLS, `--config=${file}`, `--control=${asker.address}`],
        `--control=tcp:127.0.0.1:${port}`,
        ...[`--snapshot-dir=${bench.path("copies")}`, "--ready=log:ready pid="],
        ...["--retry-rejected=never", "--restart=always", "--backoff=1ms..1ms"],
        ...["--", program, "{config}"],
      ]);
      await manager.log.wait("is ready");
      await using prometheus = await Prometheus.start(
        `127.0.0.1:${port}`,
        ALERTS,
      );
      const firing = async () => {
        const found = await prometheus.query('ALERTS{alertstate="firing"}');
        return found.map(({ metric }) => metric.alertname).sort();
      };
      await until("the first scrape", async () => {
        const found = await prometheus.query("flush_manager_child_ready == 1");
        return found.length === 1;
      });
      deepEqual(await firing(), []);
      change(file, "bad");
      await until("the first alert", async () => (await firing()).length > 0);
      deepEqual(await firing(), ["FlushManagerConfigRolledBack"]);
      let killed = 0;
      await until("the second alert", async () => {
        const { child } = await asker.status();
        if (child.ready && child.pid !== killed) {
          killed = child.pid;
          Deno.kill(killed, "SIGKILL");
        }
        return (await firing()).includes("FlushManagerChildCrashLooping");
      });
    }),
  ),
);
