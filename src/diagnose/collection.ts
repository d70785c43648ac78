/** Runs all collectors and gives what the archive holds, without secrets. */
import type { DiagnoseCall } from "../cli/client_call.ts";
import { check } from "../check/report.ts";
import { jsonOf } from "../client/answer/answers.ts";
import { Connection } from "../client/connection.ts";
import { addressText } from "../client/no_answer.ts";
import { shownSettings } from "../control/status/shown_settings.ts";
import { findingLines } from "../core/notation/finding_lines.ts";
import { createRedaction, type Redaction } from "../core/notation/redaction.ts";
import { withPatterns } from "../host/fingerprint/config_paths.ts";
import { VERSION } from "../manager/version.ts";
import { textOf } from "../settings/settings_file.ts";
import { answerCollectors, CHECK, SETTINGS, STATUS } from "./answers.ts";
import { collected, type Collector } from "./collector.ts";
import { Contents, type Entry } from "./contents.ts";
import {
  type KnownSettings,
  NOTHING_KNOWN,
  seenFrom,
  settingsKnownFrom,
  settingsKnownFromAnswer,
} from "./known_settings.ts";
import { knownSecrets, type SecretSources } from "./known_secrets.ts";
import { type LocalSettings, localSettings } from "./local_settings.ts";
import { MACHINE } from "./machine.ts";
import { pathCollectors } from "./paths.ts";
import {
  argumentsOf,
  directoryOf,
  managersHere,
  processCollector,
} from "./processes.ts";
import { readme } from "./readme.ts";

type Say = (line: string) => Promise<void>;

/** Not what the manager says: its environment may be another one. */
const OWN_SETTINGS = "settings-without-manager.json";
const OWN_CHECK = "check-without-manager.txt";

/** For what is not the manager's answer. */
const LIMIT_MS = 5_000;
/** An answer has a limit of its own, which says more. */
const GRACE_MS = 1_000;

/** Rejects with the reason of `interrupted`. `say` gets a line for each part. */
export async function collect(
  call: DiagnoseCall,
  interrupted: AbortSignal,
  at: Date,
  say: Say,
): Promise<Entry[]> {
  const contents = new Contents();
  const answers = new Map<string, string>();
  const connection = new Connection(call, interrupted);
  const asking = answerCollectors(call, connection, (file, { body }) => {
    answers.set(file, body);
  });
  const all = new Run(contents, interrupted, say);
  const address = addressText(call.address);
  await say(`asking the manager at ${address}`);
  const patienceMs = call.timeoutMs + GRACE_MS;
  await Promise.all(asking.map((each) => all.run(each, patienceMs)));
  const ours = ownSettings(call, contents);
  const pid = pidFrom(answers.get(STATUS)) ?? pidOf(ours);
  // Another container has other numbers.
  const isSeen = pid !== undefined && managersHere().includes(pid);
  const directory = isSeen ? directoryOf(pid) : undefined;
  const known = seenFrom(directory, knownFrom(answers.get(SETTINGS), ours));
  const shownToken = await connection.token().catch(() => undefined);
  const redaction = redactionFrom(known, ours, {
    tokens: shownToken === undefined ? [] : [shownToken],
    tokenFiles: [known.tokenFile, call.tokenFile].filter((path) =>
      path !== undefined
    ),
  });
  const isTold = answers.has(SETTINGS) && answers.has(CHECK);
  const local = [
    ...(isTold || ours === undefined
      ? []
      : unansweredCollectors(ours, directory)),
    ...pathCollectors(known.paths),
    processCollector(pid),
    ...MACHINE,
  ];
  for (const each of local) await all.run(each, LIMIT_MS);
  const made = {
    version: VERSION,
    at,
    address,
    incomplete: all.incomplete,
    isThere: (name: string) => contents.has(name),
  };
  contents.append("README.txt", readme([...asking, ...local], made));
  return contents.entries(redaction);
}

class Run {
  readonly #contents: Contents;
  readonly #interrupted: AbortSignal;
  readonly #say: Say;
  incomplete = 0;

  constructor(contents: Contents, interrupted: AbortSignal, say: Say) {
    this.#contents = contents;
    this.#interrupted = interrupted;
    this.#say = say;
  }

  async run(collector: Collector, limitMs: number): Promise<void> {
    const why = await collected(collector, this.#contents, limitMs);
    this.#interrupted.throwIfAborted();
    if (why !== undefined) this.incomplete++;
    await this.#say(`${collector.what}: ${why ?? "collected"}`);
  }
}

function ownSettings(
  { address }: DiagnoseCall,
  contents: Contents,
): LocalSettings | undefined {
  try {
    return localSettings(address, {
      pids: managersHere(),
      argumentsOf,
      directoryOf,
      environment: (name) => Deno.env.get(name),
      settingsText: textOf,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    contents.fault("settings of the environment", why);
    return undefined;
  }
}

function knownFrom(
  answer: string | undefined,
  ours: LocalSettings | undefined,
): KnownSettings {
  if (answer !== undefined) return settingsKnownFromAnswer(answer);
  return ours === undefined
    ? NOTHING_KNOWN
    : settingsKnownFrom(withPatterns(ours.settings));
}

function redactionFrom(
  { environmentSources }: KnownSettings,
  ours: LocalSettings | undefined,
  tokens: Pick<SecretSources, "tokens" | "tokenFiles">,
): Redaction {
  return createRedaction(knownSecrets({
    variables: [
      ...Object.entries(Deno.env.toObject()),
      ...ours?.settings.env ?? [],
    ],
    environmentSources,
    ...tokens,
  }));
}

/** What the manager would have said, as far as it can be known without it. */
function unansweredCollectors(
  { settings, source }: LocalSettings,
  directory: string | undefined,
): readonly Collector[] {
  const which = source.kind === "process"
    ? `the options of process ${source.pid} in the environment of diagnose`
    : `the options in the environment of diagnose, since ${source.why}`;
  return [
    {
      what: "settings without the manager",
      files: { [OWN_SETTINGS]: `the settings by ${which}` },
      collect: (contents) =>
        contents.set(OWN_SETTINGS, shownSettings(settings)),
    },
    {
      what: "check without the manager",
      files: { [OWN_CHECK]: `what flush-manager check says of ${which}` },
      collect: async (contents) => {
        try {
          // The manager would look at relative paths from there.
          if (directory !== undefined) Deno.chdir(directory);
        } catch {
          contents.fault("check", `${directory} cannot be entered`);
        }
        contents.append(OWN_CHECK, findingLines(await check(settings)));
      },
    },
  ];
}

const pidOf = (ours: LocalSettings | undefined): number | undefined =>
  ours?.source.kind === "process" ? ours.source.pid : undefined;

function pidFrom(status: string | undefined): number | undefined {
  const value = status === undefined ? undefined : jsonOf(status);
  if (typeof value !== "object" || value === null) return undefined;
  const { pid } = value as { pid?: unknown };
  return typeof pid === "number" ? pid : undefined;
}
