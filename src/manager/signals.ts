/** What a signal to us, and an uncaught error of ours, means to the loop. */
import { libcUnavailable } from "../core/text/manager.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import { unblockSignals } from "../host/signal/mask.ts";
import { isOwn, type OwnSignal } from "../host/signal/write_signals.ts";
import type { Loop } from "./loop.ts";

/** Unblocks the signals that our parent process may have blocked. */
export function unblock(log: (message: Message) => void): void {
  if (!unblockSignals()) log(libcUnavailable());
}

/** Dispatches the signal, unless one of our own writes has raised it. */
export function onSignal(signal: Signal, loop: Loop): void {
  if (signal === "SIGPIPE" || signal === "SIGXFSZ") {
    void dispatchUnlessOwn(signal, loop);
  } else loop.dispatch({ kind: "signal", signal });
}

/** A signal that one of our own writes has raised is not meant for the child. */
async function dispatchUnlessOwn(
  signal: OwnSignal,
  loop: Loop,
): Promise<void> {
  if (!await isOwn(signal)) loop.dispatch({ kind: "signal", signal });
}

/** Makes an uncaught error stop the child before it ends the manager. */
export function catchBugs(loop: Loop): void {
  const report = (event: Event, error: unknown) => {
    event.preventDefault();
    loop.dispatch({ kind: "bug", detail: String(error) });
  };
  addEventListener("error", (event) => report(event, event.error));
  addEventListener(
    "unhandledrejection",
    (event) => report(event, event.reason),
  );
}
