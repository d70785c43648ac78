/**
 * The sockets of the control endpoint and the connections on them. Whatever comes
 * in there costs the manager no more than the limits say, and never ends it.
 */
import { within } from "../../host/base/time_limit.ts";
import { errorText } from "../../host/socket/refusal.ts";
import type { ControlSocketAddress } from "../../core/vocabulary/settings.ts";
import { encodeAnswer, refused } from "./answer.ts";
import {
  Certificate,
  type CertificateFiles,
  certificateUnusable,
} from "./certificate.ts";
import { Connection, end, type Shared } from "./connection.ts";
import type { Handler, Via } from "./handler.ts";
import type { Limits } from "./limits.ts";
import {
  type KeyPair,
  type Listener,
  listenTcp,
  listenUnix,
} from "./listener.ts";

export interface ServerOptions {
  readonly addresses: readonly ControlSocketAddress[];
  /** For TCP addresses. */
  readonly certificate: CertificateFiles | undefined;
  readonly handler: Handler;
  readonly limits: Limits;
  /** Something works less well, and why; told once for each reason in a row. */
  readonly onFault: (detail: string) => void;
  readonly onCertificate: () => void;
}

/** Facilities that may be without what they need. */
type Fault = "accepting" | "certificate";

/** Clients over the limit that are told so at the same time; others are only closed. */
const TOLD_MAX = 8;
const UNREAD_BYTES = 1024;
/** For answers under way when the manager ends. */
const CLOSING_MS = 100;
/** After accept(2) has failed, mostly because there are too many open files. */
const ACCEPT_PAUSE_MS = 100;

export class Server {
  readonly #options: ServerOptions;
  readonly #doors: Door[] = [];
  readonly #certificate: Certificate | undefined;
  readonly #faults = new Map<Fault, string>();
  #isRenewing = false;
  #looking: number | undefined;

  /** Listens on all addresses. Throws an Error whose message is one line; then nothing is left open. */
  constructor(options: ServerOptions) {
    this.#options = options;
    const { addresses, certificate, limits } = options;
    try {
      let pair: KeyPair | undefined;
      if (certificate !== undefined) {
        this.#certificate = new Certificate(certificate);
        pair = firstPair(this.#certificate);
      }
      for (const address of addresses) {
        this.#doors.push(
          new Door(
            address,
            pair,
            options,
            (detail) => this.#tell("accepting", detail),
          ),
        );
      }
    } catch (error) {
      for (const door of this.#doors) door.close();
      throw error;
    }
    if (this.#certificate !== undefined) {
      this.#looking = setInterval(
        () => void this.#renew(),
        limits.certificateMs,
      );
    }
  }

  /** The ports that were chosen, where port 0 was asked for. */
  get ports(): readonly number[] {
    return this.#doors.flatMap(({ port }) => port ?? []);
  }

  /** What does not work at the moment. */
  get faults(): readonly string[] {
    return [...this.#faults.values()];
  }

  /** Lets answers that are under way be written, for CLOSING_MS at most. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    for (const door of this.#doors) door.close();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSING_MS);
    const ended = this.#doors.map((door) => door.whenEmpty());
    await Promise.race([Promise.all(ended), over]);
    clearTimeout(timer);
    for (const door of this.#doors) door.closeConnections();
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      const pair = this.#certificate?.changed();
      let isRenewed = pair !== undefined;
      for (const door of this.#doors) {
        if (await door.renew(pair)) isRenewed = true;
      }
      if (!isRenewed) return;
      this.#faults.delete("certificate");
      this.#options.onCertificate();
    } catch (error) {
      this.#tell("certificate", errorText(error));
    } finally {
      this.#isRenewing = false;
    }
  }

  #tell(fault: Fault, detail: string | undefined): void {
    if (detail === this.#faults.get(fault)) return;
    if (detail === undefined) this.#faults.delete(fault);
    else {
      this.#faults.set(fault, detail);
      this.#options.onFault(detail);
    }
  }
}

/** One address, and the connections that came in there. */
class Door {
  readonly #address: ControlSocketAddress;
  readonly #options: ServerOptions;
  readonly #tell: (detail: string | undefined) => void;
  /** Each with the end of its run. */
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #shared: Shared = { longAnswers: 0, buffers: [] };
  #listener: Listener;
  #accepting: Promise<void>;
  /** A key that is not in use yet. */
  #renewal: KeyPair | undefined;
  #told = 0;
  #isClosed = false;
  #scheme: "http" | "https" = "http";
  /** The one that was chosen, where 0 was asked for. */
  port: number | undefined;

  constructor(
    address: ControlSocketAddress,
    pair: KeyPair | undefined,
    options: ServerOptions,
    tell: (detail: string | undefined) => void,
  ) {
    this.#address = address;
    this.#options = options;
    this.#tell = tell;
    this.#listener = this.#listen(pair);
    this.#accepting = this.#accept(this.#listener);
  }

  /**
   * Takes another key, or tries again to listen where that has failed the last
   * time: a child that is being started may hold the socket until its exec. Closes
   * the socket for a moment, since it takes no other key; connections go on.
   * Resolves to whether another key is in use. Throws an Error whose message is one
   * line.
   */
  async renew(pair: KeyPair | undefined): Promise<boolean> {
    if (this.#address.kind === "unix") return false;
    this.#renewal = pair ?? this.#renewal;
    if (this.#renewal === undefined) return false;
    this.#listener.close();
    await this.#accepting;
    if (this.#isClosed) return false;
    this.#listener = this.#listen(this.#renewal);
    this.#renewal = undefined;
    this.#accepting = this.#accept(this.#listener);
    return true;
  }

  /** Takes no more connections, and no more requests. */
  close(): void {
    this.#isClosed = true;
    this.#listener.close();
    for (const [connection] of this.#connections) connection.closeAfterAnswer();
  }

  async whenEmpty(): Promise<void> {
    await Promise.all(this.#connections.values());
  }

  closeConnections(): void {
    for (const [connection] of this.#connections) connection.close();
  }

  #listen(pair: KeyPair | undefined): Listener {
    if (this.#address.kind === "unix") return listenUnix(this.#address);
    this.#scheme = pair === undefined ? "http" : "https";
    const { host } = this.#address;
    const port = this.port ?? this.#address.port;
    const listener = listenTcp({ kind: "tcp", host, port }, pair);
    this.port = listener.port;
    return listener;
  }

  /** Until the listener is closed. */
  async #accept(listener: Listener): Promise<void> {
    for (;;) {
      try {
        await this.#take(await listener.accept());
        this.#tell(undefined);
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
        this.#tell(`connections cannot be accepted: ${errorText(error)}`);
        await new Promise((done) => setTimeout(done, ACCEPT_PAUSE_MS));
      }
    }
  }

  async #take(conn: Deno.Conn): Promise<void> {
    const { handler, limits } = this.#options;
    if (this.#connections.size >= limits.connections) {
      const left = this.#makeRoom();
      if (left === undefined) return this.#turnAway(conn);
      // Its descriptor is free then, also while many come at once.
      await within(limits.lingerMs, left);
    }
    if (this.#isClosed) return conn.close();
    const via = this.#viaOf(conn);
    const shared = this.#shared;
    const connection = new Connection({ conn, via, handler, limits, shared });
    const ended = connection.run()
      .then(() => void this.#connections.delete(connection));
    this.#connections.set(connection, ended);
  }

  /** So that nobody keeps all places by connecting only, or by asking slowly: a probe of the container must be answered. */
  #makeRoom(): Promise<void> | undefined {
    for (const [connection, ended] of this.#connections) {
      if (!connection.givesWay) continue;
      connection.close();
      return ended;
    }
    return undefined;
  }

  #turnAway(conn: Deno.Conn): void {
    if (this.#told >= TOLD_MAX) return conn.close();
    this.#told++;
    const answer = refused(503, "Too many connections: try again later", {
      "Retry-After": "1",
    });
    const bytes = encodeAnswer(answer, { close: true, withBody: true });
    const { lingerMs } = this.#options.limits;
    const timer = setTimeout(() => end(conn, true), lingerMs);
    void tell(conn, bytes).catch(() => {}).finally(() => {
      clearTimeout(timer);
      end(conn, false);
      this.#told--;
    });
  }

  #viaOf(conn: Deno.Conn): Via {
    const { localAddr } = conn;
    return localAddr.transport === "tcp"
      ? { kind: "tcp", scheme: this.#scheme }
      : { kind: "unix" };
  }
}

/** And reads what it has sent, since to close with something unread would take the answer back (tcp(7)). */
async function tell(
  conn: Deno.Conn,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await conn.write(bytes);
  await conn.closeWrite();
  while (await conn.read(new Uint8Array(UNREAD_BYTES)) !== null);
}

/** There is no earlier pair that could stay in use. Throws an Error whose message is one line. */
function firstPair(certificate: Certificate): KeyPair | undefined {
  try {
    return certificate.changed();
  } catch (cause) {
    throw new Error(certificateUnusable(cause), { cause });
  }
}
