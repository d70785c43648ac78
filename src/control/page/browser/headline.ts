/** The state of a manager in a word and a sentence, for a look from afar. Pure. */
import type { Phase } from "../../vocabulary/journal.ts";
import type { ReloadStatus, Status } from "../../vocabulary/status.ts";

/** `off`: nothing runs because somebody wants it so. Each has a colour and a shape of its own. */
export type Tone = "good" | "busy" | "warning" | "bad" | "off";

export interface Headline {
  readonly tone: Tone;
  readonly word: string;
  readonly sentence: string;
}

const line = (tone: Tone, word: string, sentence: string): Headline => ({
  tone,
  word,
  sentence,
});

const STILL: Readonly<Record<string, Headline>> = {
  halted: line(
    "off",
    "Stopped",
    "An operator has stopped the child. It runs again when somebody starts it.",
  ),
  lingering: line("off", "Ending", "flush-manager is ending."),
  done: line("off", "Ending", "flush-manager is ending."),
};

export function headlineOf(status: Status): Headline {
  const { state, reload, pending } = status;
  switch (state) {
    case "running":
      return ofRunning(status);
    case "backingOff":
      return line(
        "bad",
        "Crashed",
        sentence(pending?.detail ?? "the child ended by itself"),
      );
    case "retrying":
      return line(
        "bad",
        "Cannot start",
        "The child could not be started. It is tried again.",
      );
    case "awaiting":
      return line(
        "busy",
        "Waiting",
        sentence(pending?.detail ?? "the child waits for its dependencies"),
      );
  }
  if (Object.hasOwn(STILL, state)) return STILL[state];
  if (reload !== null) return ofReload(reload);
  const { last_exit: exit } = status.child;
  if (state === "sweeping" && exit?.asked === false) {
    return line("bad", "Crashed", "The child has ended by itself.");
  }
  return state === "stopping" || state === "sweeping" || state === "draining"
    ? line("busy", "Stopping", "The child is being stopped.")
    : line("busy", "Starting", "The child is being started.");
}

function ofRunning(status: Status): Headline {
  const { child, hold, reload, pending, paths } = status;
  const isHeldBack = reload !== null && pending?.reason === "hold";
  // Other managers may take their time, so what they do is told.
  const isQueued = pending?.reason === "fleet";
  if (reload !== null && !isHeldBack && !isQueued) return ofReload(reload);
  if (hold !== null) {
    const why = hold.reason === null ? "" : `: ${hold.reason}`;
    const what = isHeldBack
      ? "The child runs, and a change waits. Reloads are held back"
      : "The child runs. Reloads are held back";
    return line("warning", "Held", sentence(what + why));
  }
  if (!child.ready) {
    return line("busy", "Not ready", "The child runs and is not ready yet.");
  }
  if (paths.some((path) => path.status === "unreadable")) {
    return line(
      "warning",
      "Running, cannot read",
      "The child runs, but what lies on disk cannot be read.",
    );
  }
  if (paths.some((path) => path.status === "rejected")) {
    return ofRejected(status.reloads.at(-1));
  }
  return pending === null
    ? line("good", "Running", running(status))
    : line("busy", "Running, change pending", sentence(pending.detail));
}

const running = ({ paths }: Status): string => {
  if (paths.length === 0) return "The child runs and is ready.";
  return paths.every(({ status }) => status === "current")
    ? "The child is ready, on what lies on disk."
    : "The child runs and is ready.";
};

const ofRejected = (last: ReloadStatus | undefined): Headline =>
  last?.outcome === "rolled_back"
    ? line(
      "warning",
      "Rolled back",
      "The child failed on the new content. It runs on the last good content.",
    )
    : line(
      "warning",
      "Change refused",
      "The new content was refused. The child runs on what it had before.",
    );

function ofReload({ phase, decided_outcome: decided }: ReloadStatus): Headline {
  const word = decided === "rolled_back" ? "Rolling back" : "Reloading";
  const what = phase === null ? "It has begun." : PHASE_SENTENCES[phase];
  return line("busy", word, what);
}

const PHASE_SENTENCES: Readonly<Record<Phase, string>> = {
  detect: "A change was noticed and is looked at.",
  debounce: "A change was found. It must be unchanged for the quiet window.",
  wait: "A change waits for its turn.",
  fleet: "A change waits for other managers of the fleet.",
  check: "The new content is checked. The child keeps running.",
  act: "The child is told of the new content.",
  drain: "The child is left to its clients before it is stopped.",
  stop: "The old child is being stopped.",
  start: "The next child is being started.",
  ready: "The next child runs and is not ready yet.",
};

/** Where the manager does not answer any more: what was true may not be. */
export const unknownSince = (time: string, { word }: Headline): Headline =>
  line("off", "Unknown", `There is no answer. At ${time} it was: ${word}.`);

/** With a capital letter and a full stop. */
export const sentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${
    /[.!?]$/.test(text) ? "" : "."
  }`;
