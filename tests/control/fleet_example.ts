/** What a manager knows of its fleet, for tests of what is told about it. */
import type {
  AskedFleet,
  FleetFacts,
  FleetLook,
  FleetReading,
} from "../../src/control/vocabulary/fleet.ts";
import { digestOf } from "../../src/host/snapshot/content_names.ts";
import { holding } from "../simulation/stepping.ts";
import { EPOCH } from "./journal/story.ts";

/** The name of the content that a Stepping calls by this number. */
export const nameOf = (content: number): string => digestOf(holding(content));

export const READING: FleetReading = {
  readAtMs: EPOCH,
  slots: [
    {
      index: 0,
      holder: "web-0",
      content: nameOf(2),
      isTrial: true,
      isAbandoned: false,
    },
    {
      index: 1,
      holder: undefined,
      content: undefined,
      isTrial: false,
      isAbandoned: false,
    },
  ],
  proven: [nameOf(1)],
  refused: [{
    content: nameOf(3),
    by: "web-0",
    why: "rolled back",
    at: "2026-01-01T00:00:00.000Z",
  }],
};

export const FLEET_FACTS: FleetFacts = {
  group: "web",
  name: "web-1",
  fault: undefined,
  reading: READING,
  cleared: 0,
};

/** Answers what it is told to, and notes what it is asked for. */
export class FakeFleet implements AskedFleet {
  readonly name = "web-1";
  fault: string | undefined;
  status: FleetReading | undefined;
  /** What it reads, and what becomes of a wish to clear. */
  looked: () => FleetLook = () => ({
    ...READING,
    members: { kind: "off" },
    notShown: undefined,
  });
  cleared: ReturnType<AskedFleet["clear"]> = Promise.resolve({
    kind: "cleared",
    contents: [nameOf(3)],
  });
  readonly asked: (string | undefined)[] = [];

  look = (): Promise<FleetLook> =>
    Promise.try(() => {
      const look = this.looked();
      this.status = look;
      return look;
    });

  clear = (beginning: string | undefined) => {
    this.asked.push(beginning);
    return this.cleared;
  };
}
