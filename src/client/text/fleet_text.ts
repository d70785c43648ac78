/** A fleet as one of its managers knows it: in lines for a search, or in tables for people. Pure. */
import type {
  FleetAnswer,
  FleetStatus,
  MemberStatus,
} from "../../control/vocabulary/fleet.ts";
import { shortName } from "../../core/notation/content_name.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { relative } from "./moments.ts";
import type { Screen, Style } from "./style.ts";
import { type Cell, table } from "./table.ts";

/** Contents by their whole names. */
export function fleetLines(fleet: FleetAnswer): string {
  const { waiting, slot } = fleet;
  const lines: readonly (readonly [name: string, value: string])[] = [
    ["fleet", fleet.group],
    ["manager", fleet.name],
    ["running", fleet.content ?? "none"],
    [
      "waiting",
      waiting === null
        ? "none"
        : `${waiting.content} since ${waiting.since ?? "-"}: ${waiting.why}`,
    ],
    [
      "slot",
      slot === null
        ? "none"
        : `${slot.content}${slot.trial ? " trial" : ""}${
          slot.trial_until === null ? "" : ` until ${slot.trial_until}`
        }`,
    ],
    ["rejected", fleet.rejected ?? "none"],
    ["unreachable", fleet.unreachable ?? "no"],
    ["read", fleet.read_at ?? "never"],
    ...fleet.slots.map((slot) =>
      [`slot-${slot.index}`, slotLine(slot)] as const
    ),
    ...fleet.members_unreachable === null ? [] : [
      ["members-unreachable", fleet.members_unreachable],
    ] as const,
    ...(fleet.members ?? []).map((member) =>
      ["member", memberLine(member)] as const
    ),
    ...fleet.members_partial ? [["members", "there are more"]] as const : [],
    ...fleet.proven.map((content) => ["proven", content] as const),
    ...fleet.refused.map(({ content, by, at, why }) =>
      ["refused", `${content} by ${by} at ${at}: ${why}`] as const
    ),
  ];
  return lines.map(([name, value]) => `${name}: ${oneLine(value)}\n`).join("");
}

/** This manager's part in it, for one line of a status. */
export function fleetSummary(fleet: FleetStatus): string {
  const { group, name, waiting, slot, rejected, unreachable } = fleet;
  const wish = waiting === null ? "has no slot" : "waits for a slot";
  const use = slot?.trial ? "tries new content" : "has a slot";
  return oneLine(
    [
      `${name} of ${group} ${slot === null ? wish : use}`,
      ...rejected === null ? [] : ["rejects what the fleet has refused"],
      ...unreachable === null ? [] : [`cannot ask the fleet: ${unreachable}`],
    ].join(", "),
  );
}

type Slot = FleetStatus["slots"][number];

const slotLine = ({ holder, content, ...rest }: Slot): string =>
  holder === null ? "free" : `${holder} ${content ?? "-"} ${useOf(rest)}`;

const memberLine = ({ name, content, does, next }: MemberStatus): string =>
  `${name} ${content ?? "-"}${does === null ? "" : ` ${does} ${next ?? "-"}`}`;

/** What its holder does with it. */
const useOf = ({ trial, abandoned }: Pick<Slot, "trial" | "abandoned">) =>
  `${trial ? "trial" : "reload"}${abandoned ? ", abandoned" : ""}`;

export function fleetScreen(fleet: FleetAnswer, screen: Screen): string[] {
  const { style, columns } = screen;
  const { group, name, unreachable, timestamp, read_at: readAt } = fleet;
  const head = oneLine(`${name} of fleet ${group}`);
  const read = readAt === null
    ? "never read"
    : `read ${relative(readAt, timestamp)}`;
  const tables = readAt === null ? [] : [
    ...["", ...slotTable(fleet, screen)],
    ...memberTable(fleet, screen),
    ...["", ...contentTable(fleet, screen)],
  ];
  return [
    `${style(unreachable === null ? "good" : "bad", "●")} ${
      style("bold", head)
    }  ${style("dim", read)}`,
    ...table(ownRows(fleet), columns, style),
    ...tables,
  ];
}

function ownRows(fleet: FleetAnswer): readonly (readonly Cell[])[] {
  const { content, waiting, slot, rejected, unreachable, timestamp } = fleet;
  const { members, members_unreachable: fault } = fleet;
  const rows: (readonly [string, Cell])[] = [
    ["runs", content === null ? "-" : `${short(content)}${known(fleet)}`],
    ["slot", slot === null ? "none" : slotText(slot, timestamp)],
    ...waiting === null ? [] : [
      ["waits", [
        "warning",
        `with ${short(waiting.content)}${
          waiting.since === null
            ? ""
            : `, since ${relative(waiting.since, timestamp)}`
        }: ${oneLine(waiting.why)}`,
      ]] as const,
    ],
    ...rejected === null ? [] : [
      ["rejects", ["bad", `${short(rejected)}, which the fleet has refused`]],
    ] as const,
    ...unreachable === null ? [] : [
      ["fleet", ["bad", `cannot be asked: ${oneLine(unreachable)}`]],
    ] as const,
    ...fault === null ? [] : [
      ["others", [
        "bad",
        `${
          members === null ? "cannot be listed" : "do not see this manager"
        }: ${oneLine(fault)}`,
      ]],
    ] as const,
  ];
  return rows.map(([name, cell]) => [`  ${name}`, cell]);
}

const short = (content: string): string => oneLine(shortName(content));

/** Whether what runs is proven, which it is not where nobody has tried it, as at a first start. */
function known({ content, proven, refused }: FleetStatus): string {
  if (content === null) return "";
  if (proven.includes(content)) return ", proven";
  return refused.some((refusal) => refusal.content === content)
    ? ", refused"
    : "";
}

function slotText(
  { content, trial, trial_until: until }: NonNullable<FleetStatus["slot"]>,
  now: string,
): string {
  const end = until === null ? "" : `, which ends ${relative(until, now)}`;
  return `${short(content)}${trial ? ` on trial${end}` : ""}`;
}

const headOf = (...names: string[]): Cell[] =>
  names.map((name) => ["dim", name] as const);

const slotTable = ({ slots }: FleetStatus, { columns, style }: Screen) =>
  table(
    [headOf("SLOT", "USE", "CONTENT", "HOLDER"), ...slots.map(slotRow)],
    columns,
    style,
  );

const slotRow = (slot: Slot): Cell[] => [
  String(slot.index),
  slot.holder === null
    ? ["dim", "free"]
    : [slot.abandoned ? "bad" : "warning", useOf(slot)],
  slot.content === null ? "-" : short(slot.content),
  oneLine(slot.holder ?? "-"),
];

/** Where there is nothing to list, why, unless that was told above. */
function memberTable(fleet: FleetAnswer, { columns, style }: Screen): string[] {
  if (fleet.members === null) {
    const isTold = fleet.members_unreachable !== null ||
      fleet.unreachable !== null;
    return isTold ? [] : ["", style("dim", UNLISTED)];
  }
  const rows = fleet.members.map((member): Cell[] => {
    const { name, content, does, next } = member;
    return [
      content === null
        ? "-"
        : `${short(content)}${known({ ...fleet, content })}`,
      does === null
        ? ["dim", "-"]
        : [does === "rejects" ? "bad" : "warning", doing(does, next)],
      oneLine(name),
    ];
  });
  if (rows.length === 0) return [];
  return [
    "",
    ...table([headOf("RUNS", "DOES", "MANAGER"), ...rows], columns, style),
    ...fleet.members_partial ? [style("dim", MORE)] : [],
  ];
}

const doing = (does: string, next: string | null): string =>
  oneLine(`${does} ${next === null ? "-" : shortName(next)}`);

function contentTable(
  { proven, refused, timestamp }: FleetAnswer,
  { columns, style }: Screen,
): string[] {
  const rows: Cell[][] = [
    ...refused.map(({ content, by, at, why }): Cell[] => [
      short(content),
      ["bad", "refused"],
      oneLine(relative(at, timestamp)),
      oneLine(`${why} at ${by}`),
    ]),
    ...proven.map((content): Cell[] => [
      short(content),
      ["good", "proven"],
      "",
      "",
    ]),
  ];
  return rows.length === 0 ? [noVerdict(style)] : table(
    [headOf("CONTENT", "VERDICT", "WHEN", "WHY"), ...rows],
    columns,
    style,
  );
}

const MORE = "There are more managers; those are the first by name";
const UNLISTED =
  "The other managers are listed where each has --kubernetes-members";

const noVerdict = (style: Style): string =>
  style("dim", "No content is proven or refused yet");
