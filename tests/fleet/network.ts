/** A network in virtual time: it delays requests and answers, loses them, or answers in place of the server. */
import type { Agenda } from "../simulation/agenda.ts";
import type { Network } from "./slot_server.ts";
import type { VirtualSystem } from "./virtual_system.ts";

/** What becomes of one request. A time that is undefined is never: it is lost on that way. */
export type Fate =
  | {
    readonly kind: "carried";
    readonly thereMs: number | undefined;
    readonly backMs: number | undefined;
  }
  | {
    readonly kind: "failed";
    readonly afterMs: number;
    readonly error: Error;
  };

export const CARRIED: Fate = { kind: "carried", thereMs: 10, backMs: 10 };
export const REQUEST_LOST: Fate = { ...CARRIED, thereMs: undefined };
export const ANSWER_LOST: Fate = { ...CARRIED, backMs: undefined };
export const failed = (error: Error): Fate => ({
  kind: "failed",
  afterMs: 10,
  error,
});

/** `onLate` is told of a request that arrives when its sender has given it up. */
export const networkOf = (
  agenda: Agenda,
  system: VirtualSystem,
  nextFate: () => Fate,
  onLate: () => void = () => {},
): Network =>
<T>(act: () => T, signal: AbortSignal) => {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  signal.addEventListener("abort", () => reject(signal.reason));
  const fate = nextFate();
  if (fate.kind === "failed") {
    system.after(fate.afterMs, () => reject(fate.error));
  } else if (fate.thereMs !== undefined) {
    // Who has given up waiting cannot call the request back.
    agenda.after(fate.thereMs, () => {
      if (signal.aborted) onLate();
      const answer = act();
      if (fate.backMs !== undefined) {
        system.after(fate.backMs, () => resolve(answer));
      }
    });
  }
  return promise;
};
