/** A control endpoint on a port of its own, and clients that send it any bytes. */
import { LIMITS, type Limits } from "../../../src/control/server/limits.ts";
import { routesOf } from "../../../src/control/routes/routes.ts";
import {
  Server,
  type ServerOptions,
} from "../../../src/control/server/server.ts";
import { scaled } from "../../fixtures/limits.ts";
import { fileCalls } from "../../../src/control/server/listener.ts";
import "../../host/loaded_libc.ts";
import { FakeControl } from "./fake_control.ts";

export {
  answered,
  ask,
  type Asked,
  Client,
  requestOf,
  talk,
} from "../../fixtures/http_client.ts";

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
