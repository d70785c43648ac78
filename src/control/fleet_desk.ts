/** Answers operators who ask for the fleet of this manager, and counts what they clear. */
import * as texts from "../core/text/fleet.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type {
  AskedFleet,
  ClearedRefusals,
  FleetAnswer,
  FleetFacts,
  FleetLook,
  MemberReading,
  MembersStatus,
  MemberStatus,
} from "./vocabulary/fleet.ts";
import type { FleetControl } from "./routes/control.ts";

export interface FleetDeskOptions {
  readonly group: string;
  readonly fleet: AskedFleet;
  readonly log: (message: Message) => void;
  readonly shown: (facts: FleetFacts) => Omit<FleetAnswer, keyof MembersStatus>;
}

/** Of a fleet that cannot be asked; why is told as what is wrong with the fleet. */
const UNKNOWN: Pick<FleetLook, "members" | "notShown"> = {
  members: { kind: "off" },
  notShown: undefined,
};

export class FleetDesk implements FleetControl {
  readonly #options: FleetDeskOptions;
  #cleared = 0;

  constructor(options: FleetDeskOptions) {
    this.#options = options;
  }

  facts(): FleetFacts {
    const { group, fleet: { name, fault, status } } = this.#options;
    return { group, name, fault, reading: status, cleared: this.#cleared };
  }

  readonly look = async (): Promise<FleetAnswer> => {
    const { look, fault } = await this.#options.fleet.look().then(
      (look) => ({ look, fault: undefined }),
      (error) => ({ look: UNKNOWN, fault: String(error.message) }),
    );
    return {
      ...this.#options.shown({ ...this.facts(), fault }),
      ...membersOf(look),
    };
  };

  readonly clear = async (
    beginning: string | undefined,
  ): Promise<ClearedRefusals> => {
    const { fleet, log } = this.#options;
    const cleared = await fleet.clear(beginning);
    const { kind, contents } = cleared;
    if (kind === "cleared" && contents.length > 0) {
      this.#cleared += contents.length;
      log(texts.cleared(contents));
    }
    return cleared;
  };
}

function membersOf(
  { members, notShown }: typeof UNKNOWN,
): MembersStatus {
  const isRead = members.kind === "read";
  return {
    members: isRead ? members.members.map(memberStatusOf) : null,
    members_partial: isRead && members.isPartial,
    members_unreachable: members.kind === "unread"
      ? members.fault
      : notShown ?? null,
  };
}

const memberStatusOf = (
  { name, runs, next }: MemberReading,
): MemberStatus => ({
  name,
  content: runs ?? null,
  does: next?.kind ?? null,
  next: next?.content ?? null,
});
