/**
 * Waits for the dependencies of a start (`--wait-for`), and tells the event loop
 * which are missing, or that all are available.
 */
import { describeProbe } from "../../core/notation/describe.ts";
import type { Settings } from "../../core/vocabulary/settings.ts";
import { Dependencies, type Missing } from "../../host/ask/dependencies.ts";
import type { Processes } from "../../host/process/processes.ts";
import type { Happening } from "../../core/vocabulary/event.ts";
import { filledProbe, type Variables } from "./filled_probe.ts";
import { PROBE_TIMEOUT_MS } from "./ready_signs.ts";
import { placeVariables } from "./reload_system.ts";

/** The pause between two probes of a dependency. */
const INTERVAL_MS = 1_000;

export interface DependencyWaitOptions {
  readonly settings: Pick<Settings, "waitFor" | "waitTimeoutMs" | "workdir">;
  readonly processes: Processes;
  readonly dispatch: (happening: Happening) => void;
  /** Those of the child that is to be started. */
  readonly variables: () => Variables;
}

/** The waits of one manager, one at a time. */
export class DependencyWait {
  readonly #options: DependencyWaitOptions;
  #dependencies: Dependencies | undefined;
  /** In the operator's notation, without the values of variables. */
  #describe: (missing: Missing) => string = ({ why }) => why;

  constructor(options: DependencyWaitOptions) {
    this.#options = options;
  }

  /** Begins a wait in place of an earlier one; answers with `available`. */
  await(ticket: number): void {
    const { settings, processes, dispatch } = this.#options;
    const { waitFor, workdir } = settings;
    this.cancel();
    const variables = this.#options.variables();
    const probes = waitFor.map((probe) => filledProbe(probe, variables));
    const described = ({ probe, why }: Missing) =>
      `${describeProbe(waitFor[probes.indexOf(probe)])} (${why})`;
    this.#describe = described;
    this.#dependencies = new Dependencies({
      probes,
      env: placeVariables(workdir),
      workdir,
      intervalMs: INTERVAL_MS,
      attemptTimeoutMs: PROBE_TIMEOUT_MS,
      follow: (child) => processes.follow(child),
      onProgress: (missing) =>
        dispatch({
          kind: "missing",
          ticket,
          missing: missing.map(described),
        }),
      onAvailable: () => dispatch({ kind: "available", ticket }),
    });
    this.#dependencies.start();
  }

  /**
   * Asks once more for all that is missing; answers with `unavailable` if
   * anything still is.
   */
  ask(ticket: number): void {
    const { settings: { waitTimeoutMs }, dispatch } = this.#options;
    this.#dependencies?.askNow(
      Math.min(PROBE_TIMEOUT_MS, waitTimeoutMs),
      (missing) =>
        dispatch({
          kind: "unavailable",
          ticket,
          missing: missing.map(this.#describe),
        }),
    );
  }

  /** Ends the wait; it gives no answer afterwards. */
  cancel(): void {
    this.#dependencies?.cancel();
  }
}
