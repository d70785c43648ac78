/** What a client of the control endpoint may cost. Tests take shorter times. */
export interface Limits {
  /** The request line and the headers, together. */
  readonly headBytes: number;
  readonly headers: number;
  readonly bodyBytes: number;
  /** Without a byte from the client: between two requests, and inside of one. */
  readonly idleMs: number;
  /** From the first byte of a request to its last one. */
  readonly requestMs: number;
  /** After that much of it, a request that is still incomplete gives way to a client that finds no place. */
  readonly patienceMs: number;
  /** For the client to take an answer, or a piece of a stream. */
  readonly writeMs: number;
  /** For a client whose request was refused to stop sending, so that it can read why. */
  readonly lingerMs: number;
  /** At one address: so a flood on the network does not lock out the operator at the socket. */
  readonly connections: number;
  /** Of these connections, those whose answer may take long: events, and waiting for a reload. */
  readonly longAnswers: number;
  readonly heartbeatMs: number;
  /** Events that a slow reader has not taken yet. */
  readonly unsentBytes: number;
  /** How often the files of the TLS certificate are looked at. */
  readonly certificateMs: number;
}

export const LIMITS: Limits = {
  headBytes: 8 * 1024,
  headers: 100,
  bodyBytes: 64 * 1024,
  idleMs: 10_000,
  requestMs: 15_000,
  patienceMs: 1_000,
  writeMs: 15_000,
  lingerMs: 500,
  connections: 64,
  longAnswers: 16,
  heartbeatMs: 15_000,
  unsentBytes: 64 * 1024,
  certificateMs: 5_000,
};
