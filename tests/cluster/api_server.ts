/**
 * A real API server with a real etcd, as plain processes on the loopback: with
 * certificates and tokens that mean nothing elsewhere, RBAC, and an audit log.
 * There is no node: objects are kept and refused as in any cluster, and nothing
 * is run. Owns the processes and what they have written; must not know what is
 * asked for.
 */
import { must } from "../../scripts/shell.ts";
import { withMounts } from "../e2e/namespaces.ts";
import { until } from "../e2e/until.ts";
import { Certificates, type Pair } from "../fixtures/certificates.ts";
import { HANG_MS } from "../fixtures/limits.ts";
import { type HeldPort, holdPort } from "../fixtures/held_port.ts";
import { ApiClient } from "./api_client.ts";
import { Daemon } from "./daemon.ts";
import type { Programs } from "./programs.ts";

const HOST = "127.0.0.1";
/** It writes the Roles of Kubernetes first, one after the other. */
const START_MS = 3 * HANG_MS;

/** Requests of ServiceAccounts, each as one line when it has been answered. */
const AUDIT_POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Metadata
  userGroups: ["system:serviceaccounts"]
- level: None
`;

/** A request that the API server has answered. */
export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
  /** In ISO 8601, by the server's clock. */
  readonly requestReceivedTimestamp: string;
}

export class ApiServer implements AsyncDisposable {
  readonly host = HOST;
  readonly port: number;
  /** In PEM. */
  readonly ca: string;
  /** Signs the tokens of ServiceAccounts; in PEM. */
  readonly tokenKey: string;
  /** May do everything. */
  readonly admin: ApiClient;
  readonly etcdUrl: string;
  readonly #programs: Programs;
  readonly #directory: string;
  readonly #certificate: Pair;
  readonly #tokens: Pair;
  readonly #ports = new DisposableStack();
  #etcd: Daemon | undefined;
  #server: Daemon | undefined;

  private constructor(programs: Programs, directory: string) {
    this.#programs = programs;
    this.#directory = directory;
    const certificates = new Certificates(directory);
    this.#certificate = certificates.issued("api-server", `IP:${HOST}`);
    this.ca = Deno.readTextFileSync(certificates.ca.cert);
    this.#tokens = certificates.selfSigned("tokens");
    this.tokenKey = Deno.readTextFileSync(this.#tokens.key);
    this.port = this.#hold().port;
    this.etcdUrl = `http://${HOST}:${this.#hold().port}`;
    const token = crypto.randomUUID();
    this.#write("users.csv", `${token},admin,admin,"system:masters"\n`);
    this.#write("audit.yaml", AUDIT_POLICY);
    this.#write("kubeconfig.json", kubeconfig(this.url, this.ca, token));
    this.admin = new ApiClient(this.url, this.ca, token);
  }

  /** Starts both programs and waits until they are ready. */
  static async start(programs: Programs): Promise<ApiServer> {
    const directory = await Deno.makeTempDir({
      prefix: "flush-manager-cluster-",
    });
    const server = new ApiServer(programs, directory);
    try {
      server.#startEtcd();
      await server.restart();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `https://${HOST}:${this.port}`;
  }

  /** Starts the API server that was killed, on the same port, and waits until it is ready. */
  async restart(): Promise<void> {
    const server = new Daemon("kube-apiserver", [
      ...[this.#programs.kubernetes, "kube-apiserver"],
      ...this.#serverFlags(),
    ]);
    this.#server = server;
    let answer = "none";
    try {
      await until("a ready API server", async () => {
        server.expectRuns();
        this.#etcd?.expectRuns();
        const { status, text } = await this.admin.ask("GET", "/readyz?verbose")
          .catch((error) => ({ status: 0, text: String(error) }));
        answer = text;
        return status === 200;
      }, START_MS);
    } catch (error) {
      if (error instanceof Error) {
        error.message += `; its last answer: ${answer}${server.tail}`;
      }
      throw error;
    }
  }

  /** Kills the API server; etcd keeps what was written. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  /** Stops the API server without an end: it accepts connections and answers nothing. */
  async freeze(): Promise<void> {
    await this.#server?.freeze();
  }

  thaw(): void {
    this.#server?.thaw();
  }

  /** A client that may do what the owner of this token may. */
  client(token: string): ApiClient {
    return new ApiClient(this.url, this.ca, token);
  }

  /** Runs kubectl, which may do everything, and returns what it has printed. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return await must(`kubectl ${args.join(" ")}`, this.#programs.kubernetes, [
      "kubectl",
      `--kubeconfig=${this.#directory}/kubeconfig.json`,
      ...args,
    ], { env: { HOME: this.#directory } });
  }

  /** All requests of ServiceAccounts that were answered so far. */
  audit(): AuditEvent[] {
    return Deno.readTextFileSync(`${this.#directory}/audit.log`)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  #startEtcd(): void {
    const peer = `http://${HOST}:${this.#hold().port}`;
    const data = `${this.#directory}/etcd`;
    Deno.mkdirSync(data, { mode: 0o700 });
    this.#etcd = new Daemon("etcd", [
      ...inMemory(data),
      ...[this.#programs.etcd, `--data-dir=${data}`],
      `--listen-client-urls=${this.etcdUrl}`,
      `--advertise-client-urls=${this.etcdUrl}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    ]);
  }

  #serverFlags(): string[] {
    return [
      // What etcd holds can be read by tests.
      "--storage-media-type=application/json",
      `--etcd-servers=${this.etcdUrl}`,
      `--bind-address=${HOST}`,
      `--secure-port=${this.port}`,
      `--advertise-address=${HOST}`,
      // A loopback address must not be an endpoint of the Service "kubernetes".
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.0.0.0/24",
      `--tls-cert-file=${this.#certificate.cert}`,
      `--tls-private-key-file=${this.#certificate.key}`,
      `--token-auth-file=${this.#directory}/users.csv`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${this.#tokens.cert}`,
      `--service-account-signing-key-file=${this.#tokens.key}`,
      `--audit-policy-file=${this.#directory}/audit.yaml`,
      `--audit-log-path=${this.#directory}/audit.log`,
    ];
  }

  #hold(): HeldPort {
    return this.#ports.use(holdPort());
  }

  #write(name: string, text: string): void {
    Deno.writeTextFileSync(`${this.#directory}/${name}`, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#etcd?.kill();
    this.admin[Symbol.dispose]();
    this.#ports.dispose();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/**
 * Leads into a world in which that directory is in memory, where there can be one.
 * etcd waits for the disk at every write, and a machine that writes much else keeps
 * it waiting for seconds.
 */
function inMemory(directory: string): readonly string[] {
  const world = withMounts(`mount -t tmpfs -o mode=700 none '${directory}'`);
  return world.missing === undefined ? world.through : [];
}

function kubeconfig(url: string, ca: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "cluster",
      cluster: { server: url, "certificate-authority-data": btoa(ca) },
    }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "cluster", user: "admin" } }],
    "current-context": "x",
  });
}
