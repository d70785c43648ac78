/** What we hold ourselves to, and whether the measured series meet it. Pure. */
import { BESIEGED, CONTROLLED } from "./control.ts";
import { format, medianOf, type Series } from "./stats.ts";
import { FLOOR, OURS } from "./tools.ts";

/** One target. */
export interface Verdict {
  readonly text: string;
  /** What was measured against what was allowed. */
  readonly detail: string;
  /** Undefined when it was not measured. */
  readonly met: boolean | undefined;
}

interface Target {
  readonly text: string;
  readonly measure: string;
  /** Whose median is judged; ours if it is absent. */
  readonly tool?: string;
  /** The most that this median may be; undefined when what it depends on is missing. */
  readonly allowed: (series: readonly Series[]) => number | undefined;
}

/** The peers that do nothing else than watch and restart. */
const RIVALS: readonly string[] = ["entr", "inotifywait loop"];

const most = (limit: number) => () => limit;

const timesFloor =
  (measure: string, factor: number) => (series: readonly Series[]) => {
    const floor = medianOf(series, measure, FLOOR);
    return floor === undefined ? undefined : floor * factor;
  };

const timesRival =
  (measure: string, factor: number) => (series: readonly Series[]) => {
    const medians = RIVALS.flatMap((tool) =>
      medianOf(series, measure, tool) ?? []
    );
    return medians.length === 0 ? undefined : Math.min(...medians) * factor;
  };

function againstRival(measure: string): Target {
  return {
    text: `${measure}: at most 1.5 × the better of ${RIVALS.join(" and ")}`,
    measure,
    allowed: timesRival(measure, 1.5),
  };
}

function atMost(text: string, measure: string, limit: number): Target {
  return { text, measure, allowed: most(limit) };
}

/** What clients of the control endpoint may delay. */
function beside(what: string, measure: string): Target {
  return {
    text: `${what} beside 100 slow clients and 1,000 scrapes/s: 10 ms later`,
    measure,
    tool: BESIEGED,
    allowed: (series) => {
      const alone = medianOf(series, measure, CONTROLLED);
      return alone === undefined ? undefined : alone + 10;
    },
  };
}

const TARGETS: readonly Target[] = [
  againstRival("downtime, in place"),
  againstRival("downtime, swap"),
  againstRival("change to SIGTERM, in place"),
  againstRival("change to SIGTERM, swap"),
  {
    text: "start-up: at most 1.35 × the floor",
    measure: "start-up",
    allowed: timesFloor("start-up", 1.35),
  },
  {
    text: "RssAnon: at most 1.10 × the floor",
    measure: "RssAnon",
    allowed: timesFloor("RssAnon", 1.1),
  },
  atMost("signal passed on in 1 ms", "signal", 1),
  {
    text: "RssAnon with a control endpoint: at most 1.35 × the floor",
    measure: "control: RssAnon",
    tool: CONTROLLED,
    allowed: timesFloor("control: RssAnon", 1.35),
  },
  beside("a signal", "control: signal"),
  beside("a reload", "control: change to new child"),
  atMost("10,000 orphans reaped in 1 s", "reaping", 1_000),
  atMost("10,000 files: start in 1 s", "10000 files: start", 1_000),
  atMost("10,000 files: idle CPU below 1 %", "10000 files: idle CPU", 1),
  atMost(
    "10,000 files: one change found within 1 s and the quiet window",
    "10000 files: find a change",
    1_500,
  ),
  atMost("storm on the file: one restart", "storm on the file: restarts", 1),
  atMost("storm on the file: 1 s of CPU", "storm on the file: CPU", 1),
  atMost(
    "storm on the file: memory flat",
    "storm on the file: RssAnon growth",
    4,
  ),
  atMost(
    "storm on a neighbour: no restart",
    "storm on a neighbour: restarts",
    0,
  ),
  atMost("storm on a neighbour: 1 s of CPU", "storm on a neighbour: CPU", 1),
  atMost(
    "storm on a neighbour: memory flat",
    "storm on a neighbour: RssAnon growth",
    4,
  ),
];

/** All targets, in order. */
export function assess(series: readonly Series[]): Verdict[] {
  return TARGETS.map(({ text, measure, tool = OURS, allowed }) => {
    const limit = allowed(series);
    const ours = medianOf(series, measure, tool);
    if (ours === undefined || limit === undefined) {
      return { text, detail: "not measured", met: undefined };
    }
    const detail = `${format(ours)}, allowed ${format(limit)}`;
    return { text, detail, met: ours <= limit };
  });
}
