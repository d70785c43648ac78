/** Where the content of files is. Each upload is an object of its own, which is never written again. */

export interface Stored {
  readonly size: number;
  readonly sha256: string;
}

export interface Content {
  readonly size: number;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

export interface Backend {
  readonly name: "localfs" | "s3";
  /**
   * Keeps all of `body` under `object`; when it returns, that is on the disk.
   * Leaves nothing behind when it throws.
   */
  put(
    object: string,
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    length: number | undefined,
    signal: AbortSignal,
  ): Promise<Stored>;
  /** Undefined when there is no such object. */
  get(object: string): Promise<Content | undefined>;
  /** An object that is not there is no failure. */
  remove(object: string): Promise<void>;
  /** @throws {Error} when it cannot be used */
  check(): Promise<void>;
}
