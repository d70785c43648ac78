/**
 * Safe reloads of a real Prometheus: promtool as the check, and its own HTTP
 * reload in place of a restart.
 */
import { equal, match } from "node:assert/strict";
import type { Manager } from "../e2e/harness.ts";
import { until } from "../e2e/until.ts";
import type { Bench } from "./bench.ts";
import { pathOf, realTest } from "./programs.ts";

const PROMETHEUS = { needs: ["prometheus", "promtool"] } as const;

const config = (seconds: number) => `global:\n  scrape_interval: ${seconds}s\n`;
const BAD = "global:\n  no_such_field: 1\n";
/** Many times `--debounce`. */
const NOTHING_MS = 500;

class Monitor {
  readonly #bench: Bench;
  readonly #port: number;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#port = bench.port();
  }

  /** Replaces the configuration and returns its path. */
  publish(text: string): string {
    return this.#bench.write("prometheus.yml", text);
  }

  async start(options: readonly string[] = []): Promise<Manager> {
    const url = this.#url("");
    const manager = await this.#bench.start([
      `--config=${this.publish(config(11))}`,
      "--debounce=50ms",
      `--on-change=http:POST:${url}/-/reload`,
      `--ready=http:${url}/-/ready`,
      "--ready-interval=50ms",
      ...options,
      `--command=${pathOf("prometheus")}`,
      "--",
      "--config.file={config}",
      `--storage.tsdb.path=${this.#bench.path("data")}`,
      `--web.listen-address=127.0.0.1:${this.#port}`,
      "--web.enable-lifecycle",
      "--log.level=warn",
    ]);
    await manager.log.wait("is ready after");
    return manager;
  }

  /** How often Prometheus scrapes, by the configuration that it has loaded. */
  async interval(): Promise<string | undefined> {
    const text = await this.#get("/api/v1/status/config");
    return /scrape_interval: (\w+)/.exec(text)?.[1];
  }

  async runs(seconds: number): Promise<void> {
    await until(
      `a scrape interval of ${seconds} s`,
      async () => await this.interval() === `${seconds}s`,
    );
  }

  /** 1 after a reload that went well, 0 after another; of Prometheus itself. */
  async lastReload(): Promise<string | undefined> {
    const text = await this.#get("/metrics");
    return /^prometheus_config_last_reload_successful (\d)/m.exec(text)?.[1];
  }

  async #get(path: string): Promise<string> {
    return await (await fetch(this.#url(path))).text();
  }

  #url = (path: string) => `http://127.0.0.1:${this.#port}${path}`;
}

const CHECK = () =>
  `--check-command=${pathOf("promtool")} check config {config}`;

realTest(
  "prometheus: promtool keeps a bad configuration away, a good one is reloaded by HTTP",
  PROMETHEUS,
  async (bench) => {
    const monitor = new Monitor(bench);
    const manager = await monitor.start([CHECK()]);
    equal(await monitor.interval(), "11s");
    const childPid = await manager.started(1);

    monitor.publish(BAD);
    await manager.log.wait(
      "New configuration rejected: the check ended with exit status 1",
    );
    await manager.log.wait(/Check output: .*no_such_field/);
    equal(await monitor.interval(), "11s");
    equal(manager.log.count("calling POST"), 0);

    monitor.publish(config(12));
    await manager.log.wait("New configuration applied");
    await monitor.runs(12);
    equal(await monitor.lastReload(), "1");
    equal(manager.childPid, childPid);
    await manager.started(1);
    equal(await manager.stop(), 0);
  },
);

realTest(
  "prometheus: a refused reload leaves the snapshot that it runs on",
  PROMETHEUS,
  async (bench) => {
    const monitor = new Monitor(bench);
    const manager = await monitor.start([
      CHECK(),
      `--snapshot-dir=${bench.path("snapshots")}`,
    ]);
    const current = bench.path("snapshots/current/prometheus.yml");
    equal(Deno.readTextFileSync(current), config(11));

    monitor.publish(BAD);
    await manager.log.wait("New configuration rejected: ");
    equal(Deno.readTextFileSync(current), config(11));

    monitor.publish(config(12));
    await manager.log.wait("New configuration applied");
    await monitor.runs(12);
    equal(Deno.readTextFileSync(current), config(12));
    await manager.started(1);
    equal(await manager.stop(), 0);
  },
);

realTest(
  "prometheus: without a check a refused reload is reported and not tried again at once",
  PROMETHEUS,
  async (bench) => {
    const monitor = new Monitor(bench);
    const manager = await monitor.start();

    monitor.publish(BAD);
    // After waits of one, two, four and eight seconds between five attempts.
    const { text } = await manager.log.wait(
      "Cannot apply the new configuration: ",
    );
    match(text, /500.*\(5 attempts\); tried again in 1m0s unless it changes$/);
    equal(manager.log.count("Cannot apply the new configuration yet: "), 4);
    equal(await monitor.interval(), "11s");
    equal(await monitor.lastReload(), "0");

    // The same again is no change.
    const from = manager.log.entries.length;
    monitor.publish(BAD);
    await manager.log.wait("Fsnotify event: ", { from });
    await manager.nothingHappens(NOTHING_MS);
    equal(manager.log.count("calling POST"), 1);

    monitor.publish(config(13));
    await manager.log.wait("New configuration applied");
    await monitor.runs(13);
    equal(await monitor.lastReload(), "1");
    await manager.started(1);
    equal(await manager.stop(), 0);
  },
);
