/** What the parts of the page say. Pure. */
import { fleetSummary } from "../../../client/text/fleet_text.ts";
import { relative } from "../../../client/text/moments.ts";
import { outcomeText } from "../../../client/text/words.ts";
import { shortName } from "../../../core/notation/content_name.ts";
import type { FleetStatus } from "../../vocabulary/fleet.ts";
import type {
  HoldStatus,
  PathStatus,
  PendingStatus,
  ReloadStatus,
} from "../../vocabulary/status.ts";
import type { Tone } from "./headline.ts";

export const shortDigest = (sha256: string | null): string =>
  sha256 === null ? "–" : shortName(sha256);

interface Drift {
  readonly tone: Tone;
  readonly words: string;
}

const DRIFTS: Readonly<Record<PathStatus["status"], Drift>> = {
  current: { tone: "good", words: "The child has what lies on disk" },
  pending: { tone: "busy", words: "Changed on disk, not in effect yet" },
  ignored: { tone: "off", words: "Changed on disk, and needs no reload" },
  rejected: {
    tone: "warning",
    words: "Refused: the child keeps what it had before",
  },
  unreadable: { tone: "bad", words: "Cannot be read" },
  unknown: { tone: "off", words: "No child runs on it" },
};

/** What runs beside what lies on disk. */
export const driftOf = ({ status }: PathStatus): Drift => DRIFTS[status];

export function holdText(hold: HoldStatus | null, now: string): string {
  if (hold === null) return "No: a change is put into effect";
  const since = hold.since === null
    ? "Yes"
    : `Since ${relative(hold.since, now)}`;
  const end = hold.until === null
    ? "until somebody resumes"
    : `ends ${relative(hold.until, now)}`;
  return hold.reason === null
    ? `${since}, ${end}`
    : `${since}, ${end}: ${hold.reason}`;
}

const PENDING_NAMES: Readonly<Record<PendingStatus["reason"], string>> = {
  debounce: "Quiet window",
  fleet: "Fleet",
  min_interval: "Shortest interval",
  splay: "Splay",
  hold: "Hold",
  old_child: "Old child",
  child_start: "Start of the child",
  check: "Check",
  dependencies: "Dependencies",
  hook: "Hook",
  action: "Action",
  retry: "Another attempt",
  backoff: "Pause after a crash",
};

export function pendingText(
  pending: PendingStatus | null,
  now: string,
): string {
  if (pending === null) return "Nothing";
  const until = pending.until === null
    ? ""
    : ` (${relative(pending.until, now)})`;
  return `${PENDING_NAMES[pending.reason]}${until}: ${pending.detail}`;
}

/** This manager's part in it, and what it has read of the others. */
export function fleetText(fleet: FleetStatus, now: string): string {
  const { slots, refused, rejected, slot, read_at: readAt } = fleet;
  const end = slot?.trial_until ?? null;
  const refusal = refused.find(({ content }) => content === rejected);
  const others = slots.flatMap(({ holder, trial }) =>
    holder === null || holder === fleet.name
      ? []
      : [`${holder} ${trial ? "tries new content" : "reloads"}`]
  );
  return [
    fleetSummary(fleet),
    ...end === null ? [] : [`the trial ends ${relative(end, now)}`],
    ...refusal === undefined ? [] : [`${refusal.why} at ${refusal.by}`],
    ...others.length === 0 || readAt === null
      ? []
      : [`${others.join(", ")} (seen ${relative(readAt, now)})`],
  ].join("; ");
}

const TRIGGERS: Readonly<Record<ReloadStatus["trigger"], string>> = {
  config: "changed content",
  request: "a request",
  signal: "a signal",
  retry: "another attempt",
};

export const triggerText = ({ trigger }: ReloadStatus): string =>
  TRIGGERS[trigger];

/** `rolled back`, `under way (check)`; with a capital letter. */
export function outcomeWord(reload: ReloadStatus): string {
  const text = outcomeText(reload);
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What the connection to the manager is like. */
export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "polling"; readonly since: number }
  | { readonly kind: "lost"; readonly since: number }
  | { readonly kind: "denied" };

/** `time` shows a moment as a time of day. */
export function linkText(link: Link, time: (at: number) => string): string {
  switch (link.kind) {
    case "connecting":
      return "Connecting";
    case "live":
      return "Live";
    case "polling":
      return `No live updates since ${time(link.since)}, asks every 2 s`;
    case "lost":
      return `Connection lost at ${time(link.since)}, tries again`;
    case "denied":
      return "Not signed in";
  }
}

export const linkTone = ({ kind }: Link): Tone =>
  kind === "live"
    ? "good"
    : kind === "polling"
    ? "warning"
    : kind === "lost"
    ? "bad"
    : "off";
