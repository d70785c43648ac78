/** States and effects in words, for tables of tests. */
import type { Effect } from "../../../src/core/vocabulary/effect.ts";
import type { State } from "../../../src/core/vocabulary/state.ts";

/** The state's kind, with its goal, its phase and when that is over, or its exit code. */
export function nameOf(state: State): string {
  switch (state.kind) {
    case "stopping":
    case "sweeping": {
      const { kind, goal, phase } = state;
      const by = "by" in phase ? ` ${phase.by}` : "";
      return `${kind} ${goal.kind} ${phase.kind}${by}`;
    }
    case "done":
      return `done ${state.code}`;
    default:
      return state.kind;
  }
}

/** All effects but lines of the log and timers that are disarmed. */
export const effectWords = (effects: readonly Effect[]): string =>
  effects.flatMap((effect) => {
    switch (effect.kind) {
      case "log":
        return [];
      case "timer":
        return effect.at === undefined
          ? []
          : [`timer ${effect.name} ${effect.at}`];
      case "signal":
        return [
          `${effect.signal} ${effect.run}${
            effect.to === "main" ? " main" : ""
          }`,
        ];
      default:
        return [effect.kind];
    }
  }).join(", ");
