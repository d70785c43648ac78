/**
 * Receives a datagram together with the identity of its sender: recvmsg(2) with
 * SCM_CREDENTIALS (unix(7)).
 */
import { libcCalls } from "../libc/calls.ts";

export const receiveCalls = libcCalls({
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i64" },
  memmove: {
    parameters: ["buffer", "u64", "usize"],
    result: { struct: ["u64"] },
  },
});

export interface Received {
  readonly bytes: Uint8Array;
  /** `pid` is 0 for a process outside of our PID namespace. */
  readonly sender: { readonly pid: number; readonly uid: number };
}

/**
 * The offsets of the parts in one block: struct msghdr, struct iovec, the
 * control message, the datagram.
 */
const HEADER = {
  iov: 16,
  iovCount: 24,
  control: 32,
  controlBytes: 40,
} as const;
const IOV_AT = 56;
const CONTROL_AT = IOV_AT + 16;
/**
 * The size of struct cmsghdr and struct ucred, with padding. There is no room
 * for descriptors that a sender may add: the kernel then closes them.
 */
const CONTROL_BYTES = 32;
const DATA_AT = CONTROL_AT + CONTROL_BYTES;
const SOL_SOCKET = 1;
const SCM_CREDENTIALS = 2;
const MSG_DONTWAIT = 0x40;

/** Receives one datagram at a time from a socket with SO_PASSCRED. */
export class Receiver {
  readonly #dataBytes: number;
  /** The backing store of an ArrayBuffer never moves while it is referenced. */
  readonly #block: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  /** A longer datagram is cut at `dataBytes`. */
  constructor(dataBytes: number) {
    this.#dataBytes = dataBytes;
    this.#block = new Uint8Array(new ArrayBuffer(DATA_AT + dataBytes));
    this.#view = new DataView(this.#block.buffer);
  }

  /** Undefined if there is no datagram, or if it does not name its sender. */
  receive(fd: number): Received | undefined {
    const calls = receiveCalls();
    if (calls === undefined) return undefined;
    const view = this.#view;
    // memmove(3) returns its first argument, the address of the block; nothing
    // is copied.
    const moved = calls.memmove(this.#block, 0n, 0n);
    const [base] = new BigUint64Array(moved.buffer);
    view.setBigUint64(HEADER.iov, base + BigInt(IOV_AT), true);
    view.setBigUint64(HEADER.iovCount, 1n, true);
    view.setBigUint64(HEADER.control, base + BigInt(CONTROL_AT), true);
    view.setBigUint64(HEADER.controlBytes, BigInt(CONTROL_BYTES), true);
    view.setBigUint64(IOV_AT, base + BigInt(DATA_AT), true);
    view.setBigUint64(IOV_AT + 8, BigInt(this.#dataBytes), true);
    const size = Number(calls.recvmsg(fd, this.#block, MSG_DONTWAIT));
    if (size <= 0) return undefined;
    const level = view.getInt32(CONTROL_AT + 8, true);
    const type = view.getInt32(CONTROL_AT + 12, true);
    if (level !== SOL_SOCKET || type !== SCM_CREDENTIALS) return undefined;
    return {
      bytes: this.#block.slice(DATA_AT, DATA_AT + size),
      sender: {
        pid: view.getInt32(CONTROL_AT + 16, true),
        uid: view.getUint32(CONTROL_AT + 20, true),
      },
    };
  }
}
