/**
 * Every state that the Leases of a namespace have had, as etcd has got them: a
 * restart of the API server leaves no gap. Must not know what a Lease is used for.
 */
import { until } from "../e2e/until.ts";
import type { ApiServer } from "./api_server.ts";
import type { Namespace } from "./namespace.ts";

/** What is looked at in a Lease. */
interface Lease {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly holderIdentity?: string;
    readonly acquireTime?: string;
    readonly renewTime?: string;
  };
}

/** A key and its value, as etcd's gateway for JSON gives them (api/v3, rpc.proto). */
interface KeyValue {
  readonly mod_revision: string;
  /** In Base64. */
  readonly value?: string;
}

interface Watched {
  readonly result: {
    readonly events?: readonly {
      readonly type?: "DELETE";
      readonly kv: KeyValue;
    }[];
  };
}

/** A time in which a Lease had one holder, by that holder's own clock. */
export interface Holding {
  readonly lease: string;
  readonly holder: string;
  readonly fromMs: number;
  /** When it gave the Lease back, or the next one took it over; Infinity: not yet. */
  readonly toMs: number;
}

export class LeaseHistory implements AsyncDisposable {
  /** In their order. */
  readonly states: Lease[] = [];
  readonly #url: string;
  readonly #range: { readonly key: string; readonly range_end: string };
  #revision = 0;
  #end: () => Promise<void> = () => Promise.resolve();

  private constructor({ etcdUrl }: ApiServer, { name }: Namespace) {
    this.#url = etcdUrl;
    // "0" comes after "/".
    const prefix = `/registry/leases/${name}`;
    this.#range = { key: btoa(`${prefix}/`), range_end: btoa(`${prefix}0`) };
  }

  /** Follows the Leases of this namespace from now on. */
  static async follow(
    server: ApiServer,
    namespace: Namespace,
  ): Promise<LeaseHistory> {
    const history = new LeaseHistory(server, namespace);
    const { body } = await history.#post("watch", {
      create_request: history.#range,
    });
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    // The first line tells that the watch has begun.
    await reader.read();
    const reading = history.#read(reader);
    history.#end = async () => {
      await reader.cancel();
      await reading;
    };
    return history;
  }

  /** Waits until it has everything that was written before this call. */
  async caughtUp(): Promise<void> {
    const response = await this.#post("kv/range", this.#range);
    const { kvs = [] } = await response.json() as { kvs?: KeyValue[] };
    const latest = Math.max(0, ...kvs.map((kv) => Number(kv.mod_revision)));
    await until("the latest Lease", () => this.#revision >= latest);
  }

  /** By Lease, and in their order. A Lease that was never acquired is nobody's turn. */
  holdings(): Holding[] {
    const names = new Set(
      this.states.filter(({ spec }) => spec.acquireTime !== undefined)
        .map(({ metadata }) => metadata.name),
    );
    return [...names].flatMap((name) => {
      const own = this.states.filter(({ metadata }) => metadata.name === name);
      return holdingsOf(name, own);
    });
  }

  /** Each event is a line; a line may come in several pieces. */
  async #read(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#add(JSON.parse(line));
    }
  }

  #add({ result: { events = [] } }: Watched): void {
    for (const { type, kv } of events) {
      this.#revision = Number(kv.mod_revision);
      if (type !== "DELETE") this.states.push(JSON.parse(atob(kv.value ?? "")));
    }
  }

  async #post(path: string, body: unknown): Promise<Response> {
    const response = await fetch(`${this.#url}/v3/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (response.ok) return response;
    throw new Error(
      `etcd answers ${response.status}: ${await response.text()}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

function holdingsOf(lease: string, states: readonly Lease[]): Holding[] {
  const holdings: Holding[] = [];
  const end = (toMs: number) => {
    const last = holdings.at(-1);
    if (last?.toMs === Infinity) holdings.splice(-1, 1, { ...last, toMs });
  };
  let before = "";
  for (const { spec } of states) {
    const { holderIdentity: holder = "", acquireTime, renewTime } = spec;
    if (holder !== before) {
      const fromMs = Date.parse(acquireTime ?? "");
      end(holder === "" ? Date.parse(renewTime ?? "") : fromMs);
      if (holder !== "") {
        holdings.push({ lease, holder, fromMs, toMs: Infinity });
      }
    }
    before = holder;
  }
  return holdings;
}
