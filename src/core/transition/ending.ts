/** The moves that lead to the manager's end. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import { EXIT_BUG } from "../vocabulary/exit_status.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Lingering } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { disarm, enter, log, type Now, type Transition } from "./moves.ts";

/** Whether the child that retires has outlived SIGKILL, so that nobody waits for its end. */
export const isStuck = ({ retiring }: Pick<Model, "retiring">): boolean =>
  retiring?.kind === "stopping" && retiring.phase.kind === "stuck";

/** Ends the manager, once the child that retires has ended too. */
export const end = (
  now: Now,
  code: number,
  before: readonly Effect[] = [],
  stop: Lingering["stop"] = "asked",
): Transition =>
  now.model.retiring === undefined || isStuck(now.model)
    ? enter(now, { kind: "done", code }, [
      ...before,
      ...log(messages.shutdownComplete()),
    ])
    : enter(now, { kind: "lingering", code, stop }, before);

/** No child is running, so the manager ends immediately. */
export const endAtOnce = (
  now: Now,
  code: number,
  ...before: readonly Message[]
): Transition =>
  end(now, code, [
    ...log(...before, messages.shuttingDown()),
    ...NOTHING_MORE,
  ]);

/** The start was withdrawn for a stop that was announced before. */
export const endWithdrawn = (now: Now, code: number): Transition =>
  end(now, code, NOTHING_MORE);

/** The child has ended by itself: the manager ends, although nobody has asked it to stop. */
export const endWithChild = (now: Now, code: number): Transition =>
  end(
    now,
    code,
    [...log(messages.shuttingDown()), ...NOTHING_MORE],
    "unasked",
  );

/** Gives up a start that was begun. */
export const NOTHING_MORE: readonly Effect[] = [
  ...disarm("retry", "look", "await"),
  { kind: "cancel" },
];

/** A second bug while the child is being killed for the first one: the manager ends without it. */
export const giveUp = (now: Now, line: Message): Transition =>
  enter(now, { kind: "done", code: EXIT_BUG }, log(line));
