/**
 * Makes the manager a service of the service manager that has started it
 * (systemd): feeds the watchdog, and has reported what the manager does. Loaded
 * only where a service manager has given something to us.
 */
import * as messages from "../core/text/manager.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { TakenStep } from "../core/vocabulary/taken_step.ts";
import type { Recorder } from "../control/journal/recorder.ts";
import {
  type Given,
  takeOver,
  type Tell,
} from "../host/ready/service_manager.ts";
import { ServiceReports } from "./service_reports.ts";

/** Hears of each step of the manager when its effects have been performed. */
export type OnStep = (taken: TakenStep) => void;

type Log = (message: Message) => void;

/**
 * Takes the service manager's variables out of our environment, before anything
 * is started.
 */
export function takeService(log: Log): Given {
  const given = takeOver(Deno.env, Deno.pid);
  if (given.sockets > 0) log(messages.socketsInherited(given.sockets));
  return given;
}

/**
 * Begins to report to the service manager, and to feed its watchdog as long as
 * `isTurning`. Logs once if the service manager cannot be reached. Undefined where
 * nobody wants to be told.
 */
export function openService(
  { tell, watchdogMs }: Given,
  { policy, recorder, log, isTurning }: {
    readonly policy: Policy;
    /** Has each step before it is told of here. */
    readonly recorder: Recorder;
    readonly log: Log;
    readonly isTurning: () => boolean;
  },
): OnStep | undefined {
  if (tell === undefined) return undefined;
  const say = loggedOnce(tell, log);
  if (watchdogMs !== undefined) {
    log(messages.watchdogFed(watchdogMs));
    setInterval(() => {
      if (isTurning()) say("WATCHDOG=1");
    }, watchdogMs);
  }
  const reports = new ServiceReports({ policy, recorder, say, log });
  return reports.onStep;
}

/** Returns whether the state was sent; the first failure is logged. */
function loggedOnce(tell: Tell, log: Log): (state: string) => boolean {
  let isRefused = false;
  return (state) => {
    const why = tell(state);
    if (why === undefined) return true;
    if (!isRefused) log(messages.serviceUntold(why));
    isRefused = true;
    return false;
  };
}
