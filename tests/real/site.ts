/**
 * One nginx under a manager: its configuration, its start, its answers. Must
 * not test.
 */
import type { Manager } from "../e2e/harness.ts";
import { until } from "../e2e/until.ts";
import type { Bench } from "./bench.ts";
import { nginxCommand, type NginxConfig, nginxConfig } from "./nginx.ts";

/** An nginx under a manager, and its configuration. */
export class Site {
  readonly #bench: Bench;
  readonly #base: Omit<NginxConfig, "answer">;
  readonly port: number;

  constructor(
    bench: Bench,
    { listen, more }: {
      listen?: (port: number) => string;
      more?: string;
    } = {},
  ) {
    this.#bench = bench;
    this.port = bench.port();
    this.#base = {
      listen: listen?.(this.port) ?? `127.0.0.1:${this.port}`,
      more,
    };
  }

  /** Replaces the configuration and returns its path. */
  publish(answer: string, more = this.#base.more): string {
    const config = nginxConfig({ ...this.#base, answer, more });
    return this.#bench.write("nginx.conf", config);
  }

  async start(
    options: readonly string[],
    pidFile?: string,
  ): Promise<Manager> {
    return await this.#bench.start([
      `--config=${this.publish("first")}`,
      "--debounce=50ms",
      ...options,
      ...nginxCommand(this.#bench, pidFile),
    ]);
  }

  handedOver = (): string[] => [
    `--listen=tcp:127.0.0.1:${this.port}`,
    "--env=NGINX={listen0};",
  ];

  /** Asks on a new connection. */
  async ask(path = "/"): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      headers: { connection: "close" },
    });
    return (await response.text()).trim();
  }

  /** Waits until this is the answer; refused connections count as others. */
  async answers(expected: string): Promise<void> {
    await until(`the answer ${expected}`, async () => {
      const answer = await this.ask().catch(() => undefined);
      return answer === expected;
    });
  }
}
