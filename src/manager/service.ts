/**
 * What the manager owes to the service manager that has started it: that it is
 * ready, once, and that it runs, as often as the watchdog wants.
 */
import * as messages from "../core/text/manager.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { takeOver } from "../host/ready/service_manager.ts";
import type { Happening } from "./loop.ts";

/** The service that the manager is to somebody. */
export interface Service {
  /** Tells of an event after which the service is ready: the child's sign, or without `--ready` its start. */
  readonly onEvent: (happening: Happening) => void;
}

/**
 * Takes the service manager's variables out of our environment, before anything
 * is started, and begins to feed its watchdog. Says once that it cannot be told.
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
