/** Runs all collectors and gives what the archive holds, without secrets. */
import type { DiagnoseCall } from "../cli/client_call.ts";
import { parseInvocation } from "../cli/command_line.ts";
import { check } from "../check/report.ts";
import { jsonOf } from "../client/answer/answers.ts";
import { addressText } from "../client/no_answer.ts";
import { findingLines } from "../core/notation/finding_lines.ts";
import { createRedaction, type Redaction } from "../core/notation/redaction.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { VERSION } from "../manager/version.ts";
import { answerCollectors, CHECK, SETTINGS, STATUS } from "./answers.ts";
import { collected, type Collector } from "./collector.ts";
import { Contents, type Entry } from "./contents.ts";
import {
  type KnownSettings,
  NOTHING_KNOWN,
  settingsKnownFrom,
  settingsKnownFromAnswer,
} from "./known_settings.ts";
import { knownSecrets } from "./known_secrets.ts";
import { MACHINE } from "./machine.ts";
import { pathCollectors } from "./paths.ts";
import { processCollector } from "./processes.ts";
import { readme } from "./readme.ts";

type Say = (line: string) => Promise<void>;

/** Not what the manager says: it may have been given options too. */
const OWN_CHECK = "check-of-environment.txt";

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
  const asking = answerCollectors(call, interrupted, (file, { body }) => {
    answers.set(file, body);
  });
  const all = new Run(contents, interrupted, say);
  const address = addressText(call.address);
  await say(`asking the manager at ${address}`);
  const patienceMs = call.timeoutMs + GRACE_MS;
  await Promise.all(asking.map((each) => all.run(each, patienceMs)));
  const ours = ownSettings(contents, answers.has(SETTINGS));
  const known = knownFrom(answers.get(SETTINGS), ours);
  const redaction = redactionFrom(known, ours, call.tokenFile);
  all.redaction = redaction;
  const local = [
    ...(answers.has(CHECK) || ours === undefined ? [] : [ownCheck(ours)]),
    ...pathCollectors(known.paths),
    processCollector(() => pidFrom(answers.get(STATUS))),
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
  redaction: Redaction = createRedaction();
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
    const line = `${collector.what}: ${why ?? "collected"}`;
    await this.#say(this.redaction.text(line));
  }
}

/** The settings that our own environment makes: in a container it is the manager's. */
function ownSettings(
  contents: Contents,
  isTold: boolean,
): Settings | undefined {
  try {
    const invocation = parseInvocation(["check"], (name) => Deno.env.get(name));
    return invocation.kind === "check" ? invocation.settings : undefined;
  } catch (error) {
    if (!isTold) contents.fault("settings of the environment", String(error));
    return undefined;
  }
}

function knownFrom(
  answer: string | undefined,
  ours: Settings | undefined,
): KnownSettings {
  if (answer !== undefined) return settingsKnownFromAnswer(answer);
  return ours === undefined ? NOTHING_KNOWN : settingsKnownFrom(ours);
}

function redactionFrom(
  { environmentSources, tokenFile }: KnownSettings,
  ours: Settings | undefined,
  ownTokenFile: string | undefined,
): Redaction {
  return createRedaction(knownSecrets({
    variables: [...Object.entries(Deno.env.toObject()), ...ours?.env ?? []],
    environmentSources,
    tokenFiles: [tokenFile, ownTokenFile].filter((path) => path !== undefined),
  }));
}

const ownCheck = (settings: Settings): Collector => ({
  what: "check of the environment",
  files: {
    [OWN_CHECK]:
      "what flush-manager check says of the settings in the environment, since no manager has answered",
  },
  collect: async (contents) => {
    contents.append(OWN_CHECK, findingLines(await check(settings)));
  },
});

function pidFrom(status: string | undefined): number | undefined {
  const value = status === undefined ? undefined : jsonOf(status);
  if (typeof value !== "object" || value === null) return undefined;
  const { pid } = value as { pid?: unknown };
  return typeof pid === "number" ? pid : undefined;
}
