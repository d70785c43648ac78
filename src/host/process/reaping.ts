/** Who waits for what has ended: for our own always, for orphans where we are their parent. */
import { Processes } from "./processes.ts";
import type { createReaper, Reaper } from "./reaper.ts";

/** Reaps nobody else's until it is told to begin. */
export class Reaping {
  /** Ours. */
  readonly processes: Processes;
  #reaper: Reaper | undefined;

  constructor() {
    this.processes = new Processes(this.orphans);
  }

  /** From here on orphans that fell to us are reaped. */
  begin(create: typeof createReaper): void {
    this.#reaper = create((pid) => this.processes.isManaged(pid));
  }

  readonly orphans = (): void => this.#reaper?.reap();

  /** Takes the statuses of all that have ended. */
  readonly all = (): void => {
    this.processes.collect();
    this.orphans();
  };
}
