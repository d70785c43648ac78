/**
 * The queue: streams of NATS JetStream. A write is acknowledged to the client
 * when it is in the stream. Owns the names of streams and subjects and how a
 * write is put in and taken out; must not know where it goes then.
 */
import {
  AckPolicy,
  type ConsumerInfo,
  type ConsumerMessages,
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  type JsMsg,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { Breaker } from "./breaker.ts";
import { type Entry, entryOf } from "./entry.ts";
import { messageOf, within } from "./faults.ts";
import { Refusal } from "./settings.ts";

const STREAM = "BIRB_CACHE";
const DEAD_STREAM = "BIRB_CACHE_DLQ";
/** As in the guide: the oldest messages give way to newer ones. */
const MAX_MESSAGES = 1_000_000;
const DEAD_FOR_NS = 7 * 24 * 3_600 * 1e9;
const ASK_MS = 5_000;
/** What a killed worker had is given to another one after this long. */
const ACK_WAIT_NS = 10 * 1e9;
const MAX_UNACKNOWLEDGED = 10_000;

const CODES = {
  consumerMissing: 10_014,
  wrongSequence: 10_071,
  noMessage: 10_037,
};
/** The consumer is there with other settings. */
const EXISTS = [10_012, 10_013, 10_105, 10_148];

const codeOf = (error: unknown) =>
  error instanceof JetStreamApiError ? error.code : undefined;

/** Another write of the key was faster. */
export class Overtaken extends Error {}

/** A key as the last part of a subject, which may have no dots, blanks or wildcards. */
const tokenOf = (key: string) =>
  encodeURIComponent(key).replaceAll(".", "%2E").replaceAll("*", "%2A");

export interface Last {
  readonly sequence: number;
  /** undefined: not one of ours. */
  readonly entry: Entry | undefined;
}

export interface DeadLetter extends Last {
  readonly error: string;
}

/** How much waits in the queue. */
export interface Backlog {
  /** Writes that no worker has finished. */
  readonly depth: number;
  /** Every write up to this sequence is finished. */
  readonly floor: number;
  /** Messages that the stream keeps at most; 0: no limit. */
  readonly most: number;
}

export class Queue implements AsyncDisposable {
  readonly breaker = new Breaker(
    "nats",
    (error) => error instanceof Overtaken,
  );
  readonly #nats: NatsConnection;
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;
  readonly #group: string;
  #consumeAgain = () => {};

  private constructor(
    nats: NatsConnection,
    jsm: JetStreamManager,
    group: string,
  ) {
    this.#nats = nats;
    this.#js = jetstream(nats, { timeout: ASK_MS });
    this.#jsm = jsm;
    this.#group = group;
  }

  /** @throws {Refusal} when there is no JetStream, with the guide's words */
  static async connect(
    servers: string,
    group: string,
    name: string,
  ): Promise<Queue> {
    let nats: NatsConnection | undefined;
    try {
      nats = await connect({
        servers,
        name,
        timeout: ASK_MS,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 200,
        pingInterval: 5_000,
      });
      const jsm = await jetstreamManager(nats, { timeout: ASK_MS });
      const queue = new Queue(nats, jsm, group);
      await queue.#makeStreams();
      return queue;
    } catch (error) {
      await nats?.close();
      const why = messageOf(error);
      throw new Refusal(
        nats === undefined
          ? `nats: no servers available for connection: ${servers}: ${why}`
          : `nats: cannot use JetStream of ${servers}: ${why}`,
      );
    }
  }

  /** The most bytes that a message may have. */
  get maxPayload(): number {
    return this.#nats.info?.max_payload ?? 1_048_576;
  }

  async ping(): Promise<void> {
    await this.breaker.run(() => this.#jsm.streams.info(STREAM));
  }

  /** The last write of the key that the stream still has. */
  async last(key: string): Promise<Last | undefined> {
    const last_by_subj = `cache.persist.${tokenOf(key)}`;
    const message = await this.breaker.run(() =>
      within(ASK_MS, this.#jsm.streams.getMessage(STREAM, { last_by_subj }))
    );
    if (message === null) return undefined;
    return { sequence: message.seq, entry: entryOf(message.string()) };
  }

  /**
   * Puts a write in. It is stored when this resolves.
   *
   * @throws {Overtaken} if the last write of the key is no longer that one
   */
  async publish(entry: Entry, after: number, traceId: string): Promise<void> {
    const carried = headers();
    carried.set("Trace-Id", traceId);
    await this.breaker.run(async () => {
      try {
        await this.#js.publish(
          `cache.persist.${tokenOf(entry.key)}`,
          JSON.stringify(entry),
          {
            headers: carried,
            timeout: ASK_MS,
            expect: { streamName: STREAM, lastSubjectSequence: after },
          },
        );
      } catch (error) {
        if (codeOf(error) === CODES.wrongSequence) throw new Overtaken();
        throw error;
      }
    });
  }

  /** Makes the streams again when they are gone, and has the consumer made again. */
  async backlog(): Promise<Backlog> {
    await this.#makeStreams();
    const [stream, consumer] = await this.breaker.run(() =>
      within(
        ASK_MS,
        Promise.all([this.#jsm.streams.info(STREAM), this.#consumer()]),
      )
    );
    const most = Math.max(0, stream.config.max_msgs);
    if (consumer === undefined) {
      this.#consumeAgain();
      return { depth: stream.state.messages, floor: 0, most };
    }
    const depth = consumer.num_pending + consumer.num_ack_pending;
    return { depth, floor: consumer.ack_floor.stream_seq, most };
  }

  /** Hands on what comes in for the group of workers, until it is aborted. */
  async consume(
    signal: AbortSignal,
    take: (message: JsMsg) => void,
    tell: (what: string, error: string) => void,
  ): Promise<void> {
    while (!signal.aborted) {
      const again = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => again.resolve());
      let messages: ConsumerMessages | undefined;
      try {
        await this.#makeStreams();
        await this.#makeConsumer();
        const consumer = await this.#js.consumers.get(STREAM, this.#group);
        messages = await consumer.consume({
          max_messages: 1_000,
          expires: 5_000,
          callback: take,
        });
        this.#consumeAgain = again.resolve;
        await Promise.race([again.promise, messages.closed()]);
        if (!signal.aborted) tell("the consumer is gone and is made again", "");
      } catch (error) {
        if (error instanceof Refusal) throw error;
        tell("cannot consume, trying again", messageOf(error));
        await new Promise((resolve) => setTimeout(resolve, 500));
      } finally {
        this.#consumeAgain = () => {};
        messages?.stop();
      }
    }
  }

  /** Sets a message aside that can never be taken in. It is stored when this resolves. */
  async bury(message: JsMsg, error: string): Promise<void> {
    const why = headers();
    why.set("Birb-Error", error.replaceAll(/[\r\n]+/g, " "));
    why.set("Birb-Sequence", String(message.seq));
    await this.#js.publish(
      message.subject.replace("cache.persist.", "cache.dlq."),
      message.data,
      { headers: why, timeout: ASK_MS, msgID: `dead-${message.seq}` },
    );
  }

  /** What was set aside, the oldest first. */
  async *deadLetters(): AsyncGenerator<DeadLetter> {
    const { state } = await this.#jsm.streams.info(DEAD_STREAM);
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await this.#jsm.streams.getMessage(DEAD_STREAM, { seq })
        .catch((error) => {
          if (codeOf(error) === CODES.noMessage) return null;
          throw error;
        });
      if (message === null) continue;
      yield {
        sequence: seq,
        entry: entryOf(message.string()),
        error: message.header?.get("Birb-Error") ?? "",
      };
    }
  }

  async forgetDeadLetter(sequence: number): Promise<void> {
    await this.#jsm.streams.deleteMessage(DEAD_STREAM, sequence);
  }

  /** Leaves streams alone that an operator has made by the guide. */
  async #makeStreams(): Promise<void> {
    const common = {
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
    };
    const names: string[] = [];
    for await (const name of this.#jsm.streams.names()) names.push(name);
    const wanted = [
      { name: STREAM, subjects: ["cache.persist.*"], max_msgs: MAX_MESSAGES },
      { name: DEAD_STREAM, subjects: ["cache.dlq.*"], max_age: DEAD_FOR_NS },
    ].filter(({ name }) => !names.includes(name));
    for (const stream of wanted) {
      await this.#jsm.streams.add({ ...common, ...stream });
    }
  }

  async #consumer(): Promise<ConsumerInfo | undefined> {
    try {
      return await this.#jsm.consumers.info(STREAM, this.#group);
    } catch (error) {
      if (codeOf(error) === CODES.consumerMissing) return undefined;
      throw error;
    }
  }

  async #makeConsumer(): Promise<void> {
    const name = this.#group;
    const known = await this.#consumer();
    const isUsable = known === undefined ||
      (known.config.ack_policy === AckPolicy.Explicit &&
        known.config.deliver_subject === undefined);
    const refusal = new Refusal(
      `nats: consumer already exists: ${name} of ${STREAM} does not pull with explicit acknowledgement; remove it, or set WORKER_CONSUMER_GROUP`,
    );
    if (!isUsable) throw refusal;
    if (known !== undefined) return;
    try {
      await this.#jsm.consumers.add(STREAM, {
        durable_name: name,
        ack_policy: AckPolicy.Explicit,
        ack_wait: ACK_WAIT_NS,
        max_ack_pending: MAX_UNACKNOWLEDGED,
      });
    } catch (error) {
      if (EXISTS.includes(codeOf(error) ?? 0)) throw refusal;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within(2_000, this.#nats.drain()).catch(() => this.#nats.close());
  }
}

export type { JsMsg, StreamInfo };
