/**
 * The story of the demo: a good change, a bad one that its check refuses, a bad
 * one that only a start shows, and the good one again without a lost request.
 * Each part throws if something is not as it is told.
 */
import { ms, type Outcome } from "./outcome.ts";
import type { Screen } from "./screen.ts";
import { type Change, type Config, CONFIG_PATH, Stage } from "./stage.ts";

const MORNING: Config = {
  greeting: "Good morning",
  revision: "1",
};
const AFTERNOON: Config = {
  greeting: "Good afternoon",
  revision: "2",
};
/** A key that the service does not know. */
const MISSPELT: Config = {
  greting: "Good evening",
  revision: "3",
};
/** Nothing is wrong with the file; but nobody listens on that port. */
const UNREACHABLE: Config = {
  greeting: "Good evening",
  revision: "3",
  database: "127.0.0.1:1",
};

const SERVICE = ["greeter", "--config", "{config}"];
const SHARED = [
  ...["--log-level", "info", "--config", CONFIG_PATH],
  ...["--ready", "log:listens on"],
];

/** What the story is told with. */
export interface Telling {
  readonly screen: Screen;
  readonly program: readonly string[];
  readonly directory: string;
  /** Tells how many of `PARTS` lie behind. */
  readonly begin: (part: number, what: string) => void;
}

/** Tells it, and returns what the two ways to restart cost the client. */
export async function tell(telling: Telling): Promise<Outcome> {
  const plain = await guarded(telling);
  const overlap = await seamless(telling);
  return { plain, overlap };
}

/** Parts 1 to 3: a check before and a rollback after a plain restart. */
async function guarded({ screen, program, directory, begin }: Telling) {
  begin(1, "starting the service");
  const port = freePort();
  const args = [
    ...SHARED,
    ...["--check-command", "greeter --check --config {config}"],
    ...["--snapshot-dir", "copies", "--"],
    ...[...SERVICE, "--port", String(port)],
  ];
  screen.say();
  screen.command(["flush-manager", ...args]);
  const copies = `${directory}/guarded`;
  await Deno.mkdir(`${copies}/copies`, { recursive: true, mode: 0o700 });
  await using stage = await Stage.start({
    ...{ screen, program, port, args },
    directory: copies,
    config: MORNING,
  });
  const part = partsOf(screen, stage);

  begin(2, "a good change");
  const plain = await part("1  A good change", "the check accepts it", {
    config: AFTERNOON,
    until: "Child process restarted successfully",
    revision: "2",
    isRestarted: true,
  });
  screen.outcome(
    `a plain restart: ${plain.lost} requests lost, no answer for ${
      ms(plain.gapMs)
    }`,
  );

  begin(3, "a bad change");
  const refused = await part("2  A bad change", "a misspelt key", {
    config: MISSPELT,
    until: "New configuration rejected",
    revision: "2",
    isRestarted: false,
  });
  screen.outcome(
    `refused by the check: the child was not touched, ${refused.lost} requests lost`,
  );

  begin(4, "a change that starts and fails");
  const failed = await part(
    "3  A change that starts and fails",
    "its database is not there",
    {
      config: UNREACHABLE,
      until: "Child process restarted on the last good configuration",
      revision: "2",
      isRestarted: true,
    },
  );
  screen.outcome(
    `rolled back: revision 2 runs again after ${ms(failed.gapMs)}`,
  );
  await stage.stop();
  return plain;
}

/** Part 4: the change of part 1, on a socket that stays open. */
async function seamless({ screen, program, directory, begin }: Telling) {
  begin(5, "the good change without a lost request");
  screen.headline(
    "4  The change of 1 again",
    "with a socket of --listen, and --strategy overlap",
  );
  const port = freePort();
  const args = [
    ...SHARED,
    ...["--listen", `tcp:127.0.0.1:${port}`, "--strategy", "overlap", "--"],
    ...[...SERVICE, "--fd", "{listen0}"],
  ];
  screen.command(["flush-manager", ...args]);
  await using stage = await Stage.start({
    ...{ screen, program, port, args },
    directory: `${directory}/seamless`,
    config: MORNING,
  });
  const overlap = await stage.change({
    config: AFTERNOON,
    until: "Child process restarted successfully",
    revision: "2",
    isRestarted: true,
  });
  if (overlap.lost > 0) {
    throw new Error(`Cannot show an overlap: it lost ${overlap.lost} requests`);
  }
  screen.outcome("no request lost");
  await stage.stop();
  return overlap;
}

/** Tells a part: its headline, the change, and what it cost. */
const partsOf =
  (screen: Screen, stage: Stage) =>
  (title: string, rest: string, change: Change) => {
    screen.headline(title, rest);
    return stage.change(change);
  };

/** A port that nobody has now; it is taken right away. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
