/**
 * Many managers, as the pods of one Deployment have them: each with a pod, a token
 * and a directory of its own, and all with one ConfigMap. They are processes of
 * this machine. Must not know what is tested.
 */
import { type Manager, startManager } from "../e2e/harness.ts";
import { asInitWith, type World } from "../e2e/namespaces.ts";
import { childrenOf } from "../e2e/processes.ts";
import { until } from "../e2e/until.ts";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import type { ApiServer } from "./api_server.ts";
import type { Namespace, Pod } from "./namespace.ts";

/** One manager, and the pod that the API server takes it for. */
export interface Replica {
  readonly pod: Pod;
  readonly manager: Manager;
  /** What is mounted as its ServiceAccount. */
  readonly account: string;
  /** Its control endpoint, as a client names it. */
  readonly control: string;
}

export interface ReplicasOptions {
  readonly server: ApiServer;
  readonly namespace: Namespace;
  readonly serviceAccount: string;
  readonly count: number;
  readonly options: readonly string[];
}

const CONFIG = "app.conf";

/** Tells what it runs on. It fails on content that begins with "bad", before it is ready. */
const PROGRAM = `#!/bin/sh
content=$(cat "$1")
echo "runs on $content"
case $content in bad*) exit 7 ;; esac
: > "$2"
exec sleep 86400
`;

export class Replicas implements AsyncDisposable {
  readonly #all: Replica[] = [];
  readonly #options: ReplicasOptions;
  readonly #directory: string;

  private constructor(options: ReplicasOptions, directory: string) {
    this.#options = options;
    this.#directory = directory;
  }

  /** Starts them on this content, and waits until they run on it. */
  static async start(
    options: ReplicasOptions,
    content: string,
  ): Promise<Replicas> {
    const directory = await Deno.makeTempDir({
      prefix: "flush-manager-fleet-",
    });
    const replicas = new Replicas(options, directory);
    try {
      Deno.writeTextFileSync(`${directory}/program.sh`, PROGRAM);
      Deno.mkdirSync(replicas.#volume);
      await replicas.publish(content);
      const numbers = Array.from({ length: options.count }, (_, at) => at);
      await Promise.all(numbers.map((at) => replicas.#start(`web-${at}`)));
      await replicas.runOn(content);
      return replicas;
    } catch (error) {
      await replicas[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Changes the ConfigMap, in all pods at the same moment. */
  async publish(content: string): Promise<void> {
    await writeVolume(this.#volume, { [CONFIG]: content });
  }

  /** Waits until each child runs on this content, and is ready. */
  async runOn(content: string, deadlineMs?: number): Promise<void> {
    await until(
      `all replicas on ${content}`,
      () => this.#all.every((replica) => runsOn(replica, content)),
      deadlineMs,
    );
  }

  /** How many replicas have ever tried this content. */
  triedBy(content: string): number {
    return this.#all.filter(({ manager }) =>
      manager.out.count(`runs on ${content}`) > 0
    ).length;
  }

  /** Ends all of them as a kubelet does, and returns their exit codes. */
  stop(): Promise<number[]> {
    return Promise.all(this.#all.map(({ manager }) => manager.stop()));
  }

  /** What all of them have written, for the report of a failure. */
  transcript(): string {
    return this.#all.map(({ pod, manager }) =>
      `  ${pod.name}:\n    ${manager.transcript()}`
    ).join("\n");
  }

  get all(): readonly Replica[] {
    return this.#all;
  }

  get #volume(): string {
    return `${this.#directory}/volume`;
  }

  async #start(name: string): Promise<void> {
    const { server, namespace, serviceAccount, options } = this.#options;
    const pod = await namespace.pod(name, serviceAccount);
    const account = `${this.#directory}/${name}-account`;
    Deno.mkdirSync(account);
    await namespace.writeServiceAccount(account, await namespace.token(pod));
    const ready = `${this.#directory}/${name}-ready`;
    const control = `unix:${this.#directory}/${name}.sock`;
    const manager = startManager([
      `--config=${this.#volume}/${CONFIG}`,
      `--snapshot-dir=${this.#directory}/${name}-copies`,
      `--ready=file:${ready}`,
      `--control=${control}`,
      ...options,
      ...["--", "sh", `${this.#directory}/program.sh`, "{config}", ready],
    ], {
      env: {
        KUBERNETES_SERVICE_HOST: server.host,
        KUBERNETES_SERVICE_PORT: String(server.port),
      },
      through: podWorld(account).through,
    });
    this.#all.push({ pod, manager, account, control });
    // Below unshare, which waits for it and ends with its code.
    const init = await until("PID 1", () => childrenOf(manager.pid)[0]);
    manager.pid = init.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#all.map(({ manager }) => manager[Symbol.asyncDispose]()),
    );
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Whether the child of this replica runs on this content, and is ready. */
export function runsOn({ manager }: Replica, content: string): boolean {
  const { log, out } = manager;
  const runs = out.matches("runs on ");
  if (runs.at(-1)?.text !== `runs on ${content}`) return false;
  // The log may lag behind the child's output.
  if (manager.starts < runs.length) return false;
  const last = log.matches(/Child process started with PID|is ready after/);
  return last.at(-1)?.text.includes("is ready after") ?? false;
}

/** As PID 1, with that directory where the kubelet mounts one, which nobody else sees. */
const podWorld = (account: string): World =>
  asInitWith(`
mount -t tmpfs none /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
mount --bind '${account}' /run/secrets/kubernetes.io/serviceaccount`);
