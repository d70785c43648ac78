/** Whether a service manager may have given something to us, by the names of our variables. */
import type { Variables } from "./service_manager.ts";

/** Without any of these, `takeOver` takes nothing. */
const SIGNS = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_PID"] as const;

export const hasServiceManager = (variables: Pick<Variables, "has">): boolean =>
  SIGNS.some((name) => variables.has(name));
