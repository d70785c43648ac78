/**
 * Keeps the service manager informed that has started the manager: tells once
 * that the service is ready, and feeds the watchdog as often as it asks for.
 */
import * as messages from "../core/text/manager.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { takeOver } from "../host/ready/service_manager.ts";
import type { Happening } from "./loop.ts";

/** The connection to the service manager. */
export interface Service {
  /**
   * Call it with each event. Tells the service manager once that the service is
   * ready: after the child's sign, or without `--ready` after its start.
   */
  readonly onEvent: (happening: Happening) => void;
}

/**
 * Takes the service manager's variables out of our environment, before anything
 * is started, and begins to feed its watchdog. Logs once if the service manager
 * cannot be reached.
 */
export function becomeService(
  { ready }: Pick<Settings, "ready">,
  log: (message: Message) => void,
): Service {
  const { tell, watchdogMs, sockets } = takeOver(Deno.env, Deno.pid);
  if (sockets > 0) log(messages.socketsInherited(sockets));
  if (tell === undefined) return { onEvent: () => {} };
  let isRefused = false;
  const say = (state: string): boolean => {
    const why = tell(state);
    if (why === undefined) return true;
    if (!isRefused) log(messages.serviceUntold(why));
    isRefused = true;
    return false;
  };
  if (watchdogMs !== undefined) {
    log(messages.watchdogFed(watchdogMs));
    setInterval(() => say("WATCHDOG=1"), watchdogMs);
  }
  const sign = ready.sign === undefined ? "spawned" : "ready";
  let isTold = false;
  return {
    onEvent: ({ kind }) => {
      if (kind !== sign || isTold) return;
      isTold = true;
      if (say("READY=1")) log(messages.serviceTold());
    },
  };
}
