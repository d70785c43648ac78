/** What a client sends on a connection: a bounded buffer of what was read and is not used yet. */

/** A read under way, and where it puts what it reads. */
interface Reading {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly size: Promise<number | null>;
}

/** What is read beside an answer that is waited for. */
const BESIDE_BYTES = 1024;

export class Input {
  readonly #conn: Pick<Deno.Conn, "read">;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #from = 0;
  #to = 0;
  #reading: Reading | undefined;
  #hasEnded = false;
  #hasRead = false;

  constructor(
    conn: Pick<Deno.Conn, "read">,
    buffer: Uint8Array<ArrayBuffer>,
  ) {
    this.#conn = conn;
    this.#buffer = buffer;
  }

  /** What was read and is not used yet; good until the next call of a method. */
  get unused(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  get isFull(): boolean {
    return this.#from === 0 && this.#to === this.#buffer.length;
  }

  /** Whether a read has been answered, if only by the end. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  /** The buffer, for another connection; undefined while a read could still write to it. */
  get released(): Uint8Array<ArrayBuffer> | undefined {
    return this.#reading === undefined || this.#hasEnded
      ? this.#buffer
      : undefined;
  }

  /** So much of `unused` is used. */
  use(bytes: number): void {
    this.#from += bytes;
  }

  /** What is unused comes to the front. */
  makeRoom(): void {
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
  }

  /** Nothing is unused any more. */
  drop(): void {
    this.#from = this.#to = 0;
  }

  /** Reads more; false at the end. A read that nobody waits for any more is taken up again. */
  async fill(): Promise<boolean> {
    const reading = this.#reading ??= this.#read(
      this.#buffer.subarray(this.#to),
    );
    const size = await reading.size;
    this.#hasRead = true;
    this.#hasEnded ||= size === null;
    if (size === null) return false;
    if (this.#reading === reading) {
      this.#reading = undefined;
      this.#buffer.set(reading.bytes.subarray(0, size), this.#to);
      this.#to += size;
    }
    return true;
  }

  /** The same for who may stop to wait for it; undefined where there is no room for that. */
  fillBeside(): Promise<boolean> | undefined {
    if (this.#buffer.length - this.#to < BESIDE_BYTES) return undefined;
    // In bytes of its own, since room may be made meanwhile.
    this.#reading ??= this.#read(new Uint8Array(BESIDE_BYTES));
    const more = this.fill();
    more.catch(() => {});
    return more;
  }

  #read(bytes: Uint8Array<ArrayBuffer>): Reading {
    return { bytes, size: this.#conn.read(bytes) };
  }
}
