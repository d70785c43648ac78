/** A request as it is handed to those who answer it. Types only. */
import type { Answer, WholeAnswer } from "./answer.ts";
import type { Head } from "./head.ts";

/** How a request has come in. */
export type Via =
  | { readonly kind: "unix" }
  | {
    readonly kind: "tcp";
    readonly scheme: "http" | "https";
  };

export interface Request {
  readonly head: Head;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly via: Via;
  /** Reserves one of the few places for answers that may take long, until this one is over; false if there is none. */
  readonly reserve: () => boolean;
}

export interface Handler {
  /** What refuses a request by its head alone, before its body is read. */
  readonly refusal: (head: Head, via: Via) => WholeAnswer | undefined;
  /** Never throws, and a promise in it never rejects. */
  readonly answer: (request: Request) => Answer;
}
