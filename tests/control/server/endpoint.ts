/** A control endpoint on a port of its own, and clients that send it any bytes. */
import { LIMITS, type Limits } from "../../../src/control/server/limits.ts";
import { routesOf } from "../../../src/control/server/routes.ts";
import {
  Server,
  type ServerOptions,
} from "../../../src/control/server/server.ts";
import { scaled } from "../../fixtures/limits.ts";
import { fileCalls } from "../../../src/control/server/listener.ts";
import "../../host/loaded_libc.ts";
import { FakeControl } from "./fake_control.ts";

// Once for the whole process: the resource sanitizer counts libraries per test.
fileCalls();

/** Long enough for what is to be in time, short enough to be waited for. */
export const SHORT_MS = scaled(150);

export interface EndpointOptions
  extends Partial<Pick<ServerOptions, "addresses" | "certificate">> {
  readonly limits?: Partial<Limits>;
  readonly tokenFile?: string;
  readonly hosts?: readonly string[];
  /** Whether requests of the network need no token: as if they came from a unix socket. */
  readonly isTrusted?: boolean;
}

export interface Endpoint extends AsyncDisposable {
  readonly port: number;
  readonly control: FakeControl;
  readonly server: Server;
  readonly faults: readonly string[];
  readonly tokens: readonly boolean[];
  readonly renewals: () => number;
}

/** Closed, with all that is left of it, at the end of its scope. */
export function endpoint(options: EndpointOptions = {}): Endpoint {
  const limits = { ...LIMITS, ...options.limits };
  const control = new FakeControl(limits);
  const faults: string[] = [];
  const tokens: boolean[] = [];
  let renewals = 0;
  const { tokenFile, hosts = [], isTrusted = false } = options;
  const onToken = (isUsable: boolean) => void tokens.push(isUsable);
  const routes = routesOf(control, {
    tokenFile,
    hosts,
    onToken,
    onFault: (error) => void faults.push(String(error)),
  });
  const server = new Server({
    addresses: options.addresses ??
      [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    certificate: options.certificate,
    handler: isTrusted
      ? { ...routes, refusal: (head) => routes.refusal(head, { kind: "unix" }) }
      : routes,
    limits,
    onFault: (detail) => void faults.push(detail),
    onCertificate: () => void renewals++,
  });
  return {
    port: server.ports[0],
    control,
    server,
    faults,
    tokens,
    renewals: () => renewals,
    [Symbol.asyncDispose]: async () => {
      control.events.close();
      await server.close();
    },
  };
}

const encoder = new TextEncoder();

/** A client's side of a connection. */
export class Client implements Disposable {
  readonly conn: Deno.Conn;
  #seen = "";
  #isClosed = false;

  constructor(conn: Deno.Conn) {
    this.conn = conn;
  }

  static async to(port: number): Promise<Client> {
    return new Client(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** A connection that the endpoint has closed takes nothing. */
  async send(text: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    try {
      for (let at = 0; at < bytes.length;) {
        at += await this.conn.write(bytes.subarray(at));
      }
    } catch {
      // What was answered before is still there to be read.
    }
  }

  /** All that comes until the connection ends, which a reset does too. */
  async rest(): Promise<string> {
    const buffer = new Uint8Array(64 * 1024);
    const decoder = new TextDecoder();
    for (;;) {
      let size: number | null;
      try {
        size = await this.conn.read(buffer);
      } catch {
        size = null;
      }
      if (size === null) return this.#seen;
      this.#seen += decoder.decode(buffer.subarray(0, size), { stream: true });
    }
  }

  /** What has come when that text is in it. */
  async until(text: string): Promise<string> {
    const buffer = new Uint8Array(64 * 1024);
    while (!this.#seen.includes(text)) {
      const size = await this.conn.read(buffer);
      if (size === null) throw new Error(`No ${text} in: ${this.#seen}`);
      this.#seen += new TextDecoder().decode(buffer.subarray(0, size));
    }
    return this.#seen;
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.conn.close();
    } catch {
      // A failed handshake has closed it.
    }
  }
}

/** What is answered to these bytes until the endpoint closes the connection. */
export async function talk(
  port: number,
  text: string | Uint8Array<ArrayBuffer>,
): Promise<string> {
  using client = await Client.to(port);
  await client.send(text);
  return await client.rest();
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A well-formed request, after which the connection is closed. */
export function requestOf(
  path: string,
  { method = "GET", headers = {}, body }: Asked = {},
): string {
  const all = {
    Host: "localhost",
    Connection: "close",
    ...(body === undefined
      ? {}
      : { "Content-Length": String(encoder.encode(body).length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Reads one answer. */
export function answered(text: string): Answered {
  const end = text.indexOf("\r\n\r\n");
  const [line, ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Headers(
    lines.map((header): [string, string] => {
      const colon = header.indexOf(":");
      return [header.slice(0, colon), header.slice(colon + 1).trim()];
    }),
  );
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]),
    headers,
    body: text.slice(end + 4),
  };
}

export const ask = async (
  port: number,
  path: string,
  asked?: Asked,
): Promise<Answered> => answered(await talk(port, requestOf(path, asked)));
