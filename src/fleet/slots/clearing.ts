/** An operator takes back that content is refused. Pure. */
import type { ClearedRefusals } from "../../control/vocabulary/fleet.ts";
import type { FleetView, SlotChange } from "./slot_store.ts";
import { withoutRefusals } from "./verdicts.ts";

export interface Clearing {
  /** What the operator is told once `change` is written. */
  readonly answer: ClearedRefusals;
  /** Undefined: there is nothing to write. */
  readonly change: SlotChange | undefined;
}

/** `beginning` is that of one content's name; undefined is all of them. */
export function clearingOf(
  { slots: [{ holder }], verdicts: known }: FleetView,
  beginning: string | undefined,
): Clearing {
  const contents = known.refused.map(({ content }) => content)
    .filter((content) => content.startsWith(beginning ?? ""));
  if (beginning !== undefined && contents.length !== 1) {
    const kind = contents.length === 0 ? "unknown" : "ambiguous";
    return { answer: { kind, contents }, change: undefined };
  }
  const verdicts = withoutRefusals(known, beginning ?? "");
  return {
    answer: { kind: "cleared", contents },
    change: verdicts === known ? undefined : { index: 0, holder, verdicts },
  };
}
