/** A subcommand, from what it asks for to its exit code. Loads nothing of the manager. */
import type { ClientCall } from "../cli/client_call.ts";
import { EXIT_NO_MANAGER } from "../core/vocabulary/exit_status.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import { change } from "./changes.ts";
import { Connection } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import { follow } from "./follow.ts";
import {
  codeOfSignal,
  interruptionOf,
  type Subscribe,
} from "./interruption.ts";
import { NoAnswer } from "./no_answer.ts";
import { checkRunning, fleet, health, probe, status } from "./questions.ts";
import { ownTerminal, type Terminal } from "./terminal.ts";
import { top } from "./top.ts";

/**
 * Resolves to the exit code of this process, and has written all that there is to
 * say. `subscribe` is handed in: the signals' listeners are shared with nothing
 * that is loaded later, or the bundler would evaluate other modules before them.
 */
export const callManager = (
  call: ClientCall,
  subscribe: Subscribe,
): Promise<number> => answered(call, ownTerminal(), interruptionOf(subscribe));

/** The same at any terminal; the reason of `interrupted` is a Signal. */
export async function answered(
  call: ClientCall,
  terminal: Terminal,
  interrupted: AbortSignal,
): Promise<number> {
  try {
    const connection = new Connection(call, interrupted);
    // A script reads JSON, as of other tools; a reader gets what is made for one.
    const output = call.output ?? (terminal.isTerminal ? "text" : "json");
    const asked = { ...call, output };
    return await run({ call: asked, connection, terminal, interrupted });
  } catch (error) {
    if (interrupted.aborted) return codeOfSignal(interrupted.reason as Signal);
    if (!(error instanceof NoAnswer)) throw error;
    await terminal.complain(error.message);
    return EXIT_NO_MANAGER;
  }
}

function run(exchange: Exchange): Promise<number> {
  const { command } = exchange.call;
  switch (command.kind) {
    case "status":
      return status(exchange, command.debug);
    case "health":
      return command.probe === undefined
        ? health(exchange)
        : probe(exchange, command.probe);
    case "check":
      return checkRunning(exchange);
    case "fleet":
      return fleet(exchange);
    case "events":
      return follow(exchange);
    case "top":
      return top(exchange);
    default:
      return change(exchange, command);
  }
}
