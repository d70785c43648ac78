/**
 * Calls the API of Kubernetes as the service account of our pod. Keeps one
 * connection open between calls that follow each other, as renewals of a Lease do:
 * a handshake costs the server more than the call.
 */
import { addressText, type ApiAddress } from "./api_address.ts";
import { type ApiCall, contentTypeOf, methodOf, targetOf } from "./api_call.ts";
import {
  type ApiAnswer,
  type ApiConnection,
  connect,
  NoAnswer,
} from "./api_connection.ts";
import { ApiFault, faultOf } from "./api_fault.ts";
import { formatDuration } from "../../core/notation/duration.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { limit } from "../../host/base/time_limit.ts";
import { errorText } from "../../host/socket/refusal.ts";
import type { ServiceAccount } from "./service_account.ts";

export interface ApiClientOptions {
  readonly address: ApiAddress;
  readonly account: ServiceAccount;
  /** Of a call with all that it takes. */
  readonly timeoutMs?: number;
}

/**
 * A Lease of 15 seconds that is renewed every 5 outlives one call that hangs, on a
 * connection whose other side has vanished: the next one has a new connection. A
 * little less than the limit of whoever waits for the Lease (`StoreCalls`), because
 * this one's message says which server it was.
 */
const TIMEOUT_MS = 3_500;
/** A manager that does not wait for a slot asks nothing for weeks: it keeps no connection. */
const IDLE_MS = 30_000;

const encoder = new TextEncoder();

export class ApiClient {
  readonly #address: ApiAddress;
  readonly #account: ServiceAccount;
  readonly #timeoutMs: number;
  #idle:
    | { readonly connection: ApiConnection; readonly timer: number }
    | undefined;
  /** Ends every call that is under way. */
  readonly #end = new AbortController();

  constructor({ address, account, timeoutMs = TIMEOUT_MS }: ApiClientOptions) {
    this.#address = address;
    this.#account = account;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * The object that is answered. Throws an ApiFault, whose message is one line for
   * the user without the token, or the signal's reason when that is aborted.
   */
  async call(call: ApiCall, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const controller = new AbortController();
    const abort = () => controller.abort();
    const cancel = limit(this.#timeoutMs, abort);
    const ends = [signal, this.#end.signal];
    for (const end of ends) end.addEventListener("abort", abort);
    if (this.#end.signal.aborted) abort();
    try {
      return await this.#call(call, controller.signal);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#fault(error, controller.signal.aborted);
    } finally {
      cancel();
      for (const end of ends) end.removeEventListener("abort", abort);
    }
  }

  /** Ends what is under way, and closes the connection. */
  close(): void {
    this.#end.abort();
    this.#takeIdle()?.close();
  }

  async #call(call: ApiCall, signal: AbortSignal): Promise<unknown> {
    let token = this.#account.token();
    let answer = await this.#exchange(this.#encode(call, token), signal);
    if (answer.status === 401) {
      // It may have been replaced since it was read.
      const fresh = this.#account.token();
      if (fresh !== token) {
        token = fresh;
        answer = await this.#exchange(this.#encode(call, token), signal);
      }
    }
    if (answer.status < 200 || answer.status > 299) {
      const { tokenFile } = this.#account;
      const sent = { call, token, tokenFile, server: this.#server };
      throw faultOf(answer, sent, Date.now());
    }
    try {
      return JSON.parse(answer.body);
    } catch {
      throw new NoAnswer(`answered ${answer.status} without JSON`);
    }
  }

  /**
   * A connection that was kept may have been closed by the server meanwhile, as
   * when it restarts: then the request is sent once more. If it was carried out
   * after all, the second one is answered with a conflict, because a write of ours
   * names the version that it changes or makes an object with a name; or it does
   * the same again, as `apply` does.
   */
  async #exchange(request: string, signal: AbortSignal): Promise<ApiAnswer> {
    const kept = this.#takeIdle();
    if (kept !== undefined) {
      try {
        return await this.#over(kept, request, signal);
      } catch (error) {
        const isStale = error instanceof NoAnswer && error.isUnseen;
        if (!isStale || signal.aborted) throw error;
      }
    }
    const { caFile } = this.#account;
    const authorities = this.#account.authorities();
    const peer = { ...this.#address, authorities, caFile };
    return await this.#over(await connect(peer, signal), request, signal);
  }

  async #over(
    connection: ApiConnection,
    request: string,
    signal: AbortSignal,
  ): Promise<ApiAnswer> {
    const answer = await connection.exchange(request, signal);
    this.#keep(connection);
    return answer;
  }

  #keep(connection: ApiConnection): void {
    if (!connection.isOpen) return;
    this.#takeIdle()?.close();
    if (this.#end.signal.aborted) return connection.close();
    const timer = setTimeout(() => this.#takeIdle()?.close(), IDLE_MS);
    this.#idle = { connection, timer };
  }

  #takeIdle(): ApiConnection | undefined {
    const idle = this.#idle;
    this.#idle = undefined;
    clearTimeout(idle?.timer);
    return idle?.connection;
  }

  #encode(call: ApiCall, token: string): string {
    const body = call.body === undefined ? "" : JSON.stringify(call.body);
    const content = call.body === undefined ? {} : {
      "Content-Type": contentTypeOf(call),
      "Content-Length": String(encoder.encode(body).length),
    };
    const headers = Object.entries({
      Host: addressText(this.#address),
      "User-Agent": "flush-manager",
      Accept: "application/json",
      Authorization: `Bearer ${token}`,
      ...content,
    });
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`);
    return `${methodOf(call)} ${targetOf(call)} HTTP/1.1\r\n${
      head.join("")
    }\r\n${body}`;
  }

  get #server(): string {
    return `Kubernetes API at ${addressText(this.#address)}`;
  }

  #fault(error: unknown, isOver: boolean): ApiFault {
    if (error instanceof ApiFault) return error;
    const why = this.#end.signal.aborted
      ? "no more calls are made"
      : isOver
      ? `no answer within ${formatDuration(this.#timeoutMs)}`
      : oneLine(errorText(error));
    return new ApiFault("unreachable", `${this.#server}: ${why}`);
  }
}
