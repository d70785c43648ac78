/**
 * The real system behind the options of safe reloads: listening sockets,
 * snapshots, checks, actions, signs of readiness, dependencies. Decides
 * nothing: it answers the core's effects.
 */
import { lendThread } from "../../host/descriptor/input_wait.ts";
import type { Happening } from "../../core/vocabulary/event.ts";
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { Ending } from "../../core/vocabulary/exit_status.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import {
  describeAddress,
  describeProbe,
} from "../../core/notation/describe.ts";
import { variableUses } from "../../core/rules/variable_use.ts";
import * as reloads from "../../core/text/reload.ts";
import type {
  Settings,
  VettingRules,
  WatchedPath,
} from "../../core/vocabulary/settings.ts";
import { askedByReloads, assertCaFiles } from "../../host/ask/ca_file.ts";
import type { Incarnation } from "../../host/process/child.ts";
import { selectionsOf } from "../../host/fingerprint/selection.ts";
import {
  closeListeners,
  openListeners,
} from "../../host/socket/listening_sockets.ts";
import type { Processes } from "../../host/process/processes.ts";
import {
  awaiting,
  type MaybeAsync,
  unlessAborted,
} from "../../host/base/maybe_async.ts";
import { Snapshots } from "../../host/snapshot/snapshots.ts";
import { ChildMessages } from "./child_messages.ts";
import type { Variables } from "./filled_probe.ts";
import { DependencyWait } from "./dependency_wait.ts";
import { ChildVariables } from "./child_variables.ts";
import { Hooks } from "./hooks.ts";
import { LivenessQuestions } from "./liveness.ts";
import { ProgramCalls } from "./program_call.ts";
import { type Addressed, ReloadActions } from "./reload_actions.ts";
import {
  type ReloadSystem,
  StartWithdrawn,
  type Tracing,
} from "./reload_system.ts";
import { SavedContent } from "./saved_content.ts";
import { ReadySigns } from "./ready_signs.ts";
import { unsaved, Vetting } from "./vetting.ts";

export interface SafeReloadOptions {
  readonly settings: Settings;
  /** In the order of the fingerprint's entries. */
  readonly configs: readonly WatchedPath[];
  readonly processes: Processes;
  readonly log: (message: Message) => void;
  readonly dispatch: (happening: Happening) => void;
  readonly tracing: Tracing;
}

/**
 * Opens the sockets, the snapshot directory and the notify sockets, before the
 * first child. Throws an Error with one line for the user.
 */
export async function openSafeReloads(
  options: SafeReloadOptions,
): Promise<ReloadSystem> {
  const { settings, configs, processes, log, dispatch } = options;
  const { snapshotDir: directory, listen: addresses, workdir } = settings;
  assertCaFiles(askedByReloads(settings));
  const paths = configs.map(({ path }) => path);
  const snapshots = directory === undefined || paths.length === 0
    ? undefined
    : new Snapshots({
      directory,
      paths,
      selections: selectionsOf(configs, settings.ignore),
    });
  const { ready: { sign }, live: rules } = settings;
  const questions = rules &&
    new LivenessQuestions({ rules, workdir, processes, dispatch });
  const messages = new ChildMessages({
    neededBy: sign?.kind === "notify"
      ? "--ready"
      : rules?.sign.kind === "notify"
      ? "--live"
      : undefined,
    onMessage: (run, message) => {
      if (message.isReady && sign?.kind === "notify") {
        dispatch({ kind: "ready", run });
      }
      questions?.heard(run, message);
    },
    onStranger: (run, message, pid) => {
      questions?.strange(run, message, pid);
      if (!message.isReady) return;
      const why = `READY=1 from process ${pid}, a stranger`;
      dispatch({ kind: "notYet", run, why });
    },
  });
  const signs = new ReadySigns({
    rules: settings.ready,
    workdir,
    processes,
    onReady: (run) => dispatch({ kind: "ready", run }),
    onNotReady: (run) => dispatch({ kind: "notReady", run }),
    onNotYet: (run, why) => dispatch({ kind: "notYet", run, why }),
    onRefused: () => {
      if (sign !== undefined) log(reloads.signRefused(describeProbe(sign)));
    },
  });
  try {
    const mode = await snapshots?.prepare();
    if (directory !== undefined && mode !== undefined) {
      log(reloads.snapshotsExposed(directory, mode));
    }
    messages.open();
    const listen = openListeners(addresses);
    for (const [index, fd] of listen.entries()) {
      log(reloads.listening(describeAddress(addresses[index]), fd));
    }
    assertDependencies(options, listen);
    const opened = { snapshots, messages, signs, questions, listen };
    return new SafeReloads(options, opened);
  } catch (error) {
    closeListeners();
    await Promise.all([signs.close(), messages.close()]);
    throw error;
  }
}

/** Dependencies are waited for before anything is vetted, so the variables of their probes have to be there. */
function assertDependencies(
  { settings, configs }: SafeReloadOptions,
  listen: readonly number[],
): void {
  const isNeeded = variableUses(settings).some(({ where }) =>
    where === "--wait-for"
  );
  if (!isNeeded) return;
  const calls = new ProgramCalls({ settings, configs, listen }, undefined);
  calls.at("watched", 0).environment();
}

/** What `openSafeReloads` has opened. */
interface Opened {
  readonly snapshots: Snapshots | undefined;
  readonly messages: ChildMessages;
  readonly signs: ReadySigns;
  readonly questions: LivenessQuestions | undefined;
  readonly listen: readonly number[];
}

class SafeReloads implements ReloadSystem {
  readonly #options: SafeReloadOptions;
  readonly #snapshots: Snapshots | undefined;
  readonly #saved: SavedContent;
  readonly #messages: ChildMessages;
  readonly #signs: ReadySigns;
  readonly #questions: LivenessQuestions | undefined;
  readonly #calls: ProgramCalls;
  readonly #vetting: Vetting;
  readonly #actions: ReloadActions;
  readonly #dependencies: DependencyWait;
  readonly #hooks: Hooks;
  readonly #variables: ChildVariables;
  /** The descriptors of our listening sockets. */
  readonly #listen: readonly number[];
  #run = 0;
  #work = new AbortController();

  constructor(
    options: SafeReloadOptions,
    { snapshots, messages, signs, questions, listen }: Opened,
  ) {
    this.#options = options;
    this.#snapshots = snapshots;
    this.#saved = new SavedContent(snapshots, options.log);
    this.#messages = messages;
    this.#signs = signs;
    this.#questions = questions;
    this.#listen = listen;
    const { settings, configs, processes, log, tracing } = options;
    const { workdir, http } = settings;
    const calls = new ProgramCalls({ settings, configs, listen }, snapshots);
    const saved = this.#saved;
    const variables = new ChildVariables({
      compare: settings.compare,
      watched: calls.watched,
      log,
      tracing,
    });
    this.#calls = calls;
    this.#variables = variables;
    this.#vetting = new Vetting({
      settings,
      calls,
      snapshots,
      processes,
      tracing,
    });
    this.#dependencies = new DependencyWait({
      ...options,
      variables: () => this.#upcoming(),
    });
    this.#hooks = new Hooks({
      settings,
      calls,
      saved,
      processes,
      tracing,
      variables: (call, occasion) => variables.forHook(call, occasion),
    });
    this.#actions = new ReloadActions({
      workdir,
      http,
      calls,
      saved,
      processes,
      log,
      tracing,
      variablesOf: (run) => variables.of(run),
    });
  }

  variables(): Variables {
    return this.#variables.latest ?? this.#upcoming();
  }

  #upcoming(): Variables {
    return this.#variables.upcoming(this.#calls.at("watched", this.#run));
  }

  incarnation(run: number, occasion: Occasion): MaybeAsync<Incarnation> {
    const { signal } = this.#work;
    const work = this.#incarnation(run, occasion, signal);
    return unlessAborted(work, signal, () => new StartWithdrawn());
  }

  *#incarnation(
    run: number,
    occasion: Occasion,
    signal: AbortSignal,
  ): MaybeAsync<Incarnation> {
    const { command, args } = this.#options.settings;
    yield* this.#saved.begin(run, occasion);
    this.#run = run;
    const call = this.#calls.at(occasion.saved ? "run" : "watched", run);
    const variables = this.#variables.forStart(call, occasion);
    const named = { ...variables, ...this.#messages.admit(run) };
    const fill = (text: string) => call.fill(text, named);
    this.#signs.admit(run);
    const env = { ...named, ...this.#questions?.admit(run, named, fill) };
    const prepared = this.#signs.prepare(run, env, fill, signal);
    if (prepared !== undefined) {
      yield* awaiting(prepared);
      // The copy may have been damaged during this wait.
      yield* this.#saved.begin(run, occasion);
    }
    const tapping = this.#signs.watch(run, env);
    const argv = call.argv([command, ...args], env);
    return { argv, env, tapping, sockets: this.#listen };
  }

  started(run: number, pid: number): void {
    this.#messages.started(run, pid);
    this.#variables.started(run);
    this.#signs.started(run, pid);
  }

  ended(run: number): void {
    this.#messages.ended(run);
    const { afterExit } = this.#options.settings;
    if (afterExit.command === undefined) this.#variables.forget(run);
    this.#signs.ended(run);
    this.#questions?.ended(run);
    this.#saved.end(run);
  }

  vet(
    ticket: number,
    content: Fingerprint,
    previous: Fingerprint | undefined,
  ): void {
    const { signal } = this.#work;
    const vetted = this.#vetting.vet({ content, previous }, this.#run, signal);
    void lendThread(vetted).then((verdict) => {
      if (signal.aborted) return;
      this.#options.dispatch({ kind: "vetted", ticket, verdict });
    });
  }

  capture(ticket: number, content: Fingerprint): void {
    const { signal } = this.#work;
    const { dispatch } = this.#options;
    const captured = this.#snapshots?.capture(content);
    if (captured === undefined) return;
    void lendThread(captured).then((result) => {
      if (signal.aborted) return;
      dispatch(
        result.kind === "captured"
          ? { kind: "captured", ticket, content: result.content }
          : { kind: "vetted", ticket, verdict: unsaved(result) },
      );
    });
  }

  act(ticket: number, ...what: Addressed): void {
    const { signal } = this.#work;
    void this.#actions.act(signal, ...what).then((outcome) => {
      if (outcome.kind === "aborted") return;
      this.#options.dispatch({ kind: "acted", ticket, outcome });
    });
  }

  cancel(): void {
    this.#work.abort();
    this.#work = new AbortController();
    this.#dependencies.cancel();
  }

  activate(content: Fingerprint): void {
    this.#saved.activate(content);
  }

  keep(contents: readonly Fingerprint[]): void {
    const pruned = this.#snapshots?.prune(contents);
    if (pruned !== undefined) void lendThread(pruned);
  }

  askSign(run: number): void {
    this.#signs.askNow(run);
  }

  askLive(run: number, question: number): void {
    this.#questions?.ask(run, question);
  }

  askDependencies(ticket: number): void {
    this.#dependencies.ask(ticket);
  }

  awaitDependencies(ticket: number): void {
    this.#dependencies.await(ticket);
  }

  beforeStart(ticket: number, run: number, occasion: Occasion): void {
    const { signal } = this.#work;
    void this.#hooks.beforeStart(run, occasion, signal).then((outcome) =>
      this.#options.dispatch({ kind: "hookEnded", ticket, outcome })
    );
  }

  afterExit(ticket: number, run: number, ending: Ending): void {
    const variables = this.#variables.of(run);
    this.#variables.forget(run);
    void this.#hooks.afterExit(ticket, run, ending, variables)
      .then((outcome) =>
        this.#options.dispatch({ kind: "hookEnded", ticket, outcome })
      );
  }

  endHook(ticket: number): void {
    this.#hooks.end(ticket);
  }

  setCheck(check: VettingRules): void {
    this.#vetting.setCheck(check);
  }

  snapshotFault(): string | undefined {
    return this.#snapshots?.fault;
  }

  async close(): Promise<void> {
    this.cancel();
    closeListeners();
    this.#questions?.close();
    await Promise.all([
      this.#signs.close(),
      this.#messages.close(),
      this.#hooks.close(),
    ]);
  }
}
