/**
 * One life of a manager in a soak, as PID 1 where that can be had: what the
 * child shows, whether it has the newest content, signals that must arrive,
 * the end. Every check throws; must not decide what happens when.
 */
import type { Bench } from "../e2e/bench.ts";
import type { Manager } from "../e2e/harness.ts";
import type { Line } from "../e2e/lines.ts";
import { INIT, superviseAsInit } from "../e2e/init.ts";
import { childrenOf } from "../e2e/processes.ts";
import { pause, until } from "../e2e/until.ts";
import type { Configuration } from "./configuration.ts";
import { isUndoneAtStart } from "./unnoticed.ts";

/** Small, or the windows that grow with quick restarts would be all that is seen. */
const TIMINGS = [
  "--debounce=50ms",
  "--debounce-max=200ms",
  "--poll-interval=1s",
  "--stop-timeout=2s",
];
/** Longer than a window, a poll and a stop together, on a busy machine. */
const SETTLE_MS = 10_000;
/** No restart for so long after the newest content was seen: none is under way. */
const STABLE_MS = 700;
/** The child's last orphans end sooner. */
const ORPHANS_MS = 10_000;
const CRASH_CODE = 7;
const READY = "ready pid=";
const CONFIG = "config: ";

/** How a child comes to its end, and the exit code that follows. */
export const CRASHES = {
  "a forwarded signal that makes it exit": CRASH_CODE,
  "SIGKILL": 128 + 9,
  "SIGSEGV": 128 + 11,
} as const;
export type Crash = keyof typeof CRASHES;

/** Why lives are not those of a PID 1, if they can't be. */
export const NOT_INIT = INIT.missing;

/** Complaints that the soak itself gives reason for. */
const EXPECTED = /Cannot read config|Config file changed soon after each/;
const FORWARDED = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;

/** A manager that is running. */
export class Life {
  readonly manager: Manager;
  readonly #configuration: Configuration;
  #signals = 0;
  #unnoticed = 0;

  private constructor(manager: Manager, configuration: Configuration) {
    this.manager = manager;
    this.#configuration = configuration;
  }

  static async begin(
    bench: Bench,
    configuration: Configuration,
  ): Promise<Life> {
    const isInit = NOT_INIT === undefined;
    const supervision = {
      config: configuration.paths,
      options: isInit ? TIMINGS : [...TIMINGS, "--subreaper"],
      child: childFlags(bench, configuration),
    };
    const manager = isInit
      ? await superviseAsInit(bench, supervision)
      : bench.supervise(supervision);
    await manager.ready();
    return new Life(manager, configuration);
  }

  get signals(): number {
    return this.#signals;
  }

  /** How often the child had kept content that was undone while it read it (docs/limits.md). */
  get unnoticed(): number {
    return this.#unnoticed;
  }

  /**
   * Waits until the child has the newest content and stays. A child that has read
   * content which was undone right then gets new content, which it must take up.
   */
  async settle(): Promise<void> {
    if (await this.#settled() === "newest") return;
    this.#unnoticed++;
    this.#configuration.renew();
    if (await this.#settled() === "newest") return;
    throw new Error("The child keeps what was undone, also after a new change");
  }

  /** Waits until the latest child has been the same for STABLE_MS, with content that it may have. */
  async #settled(): Promise<"newest" | "undone"> {
    const newest = JSON.stringify(this.#configuration.contents);
    let known = "";
    let sinceMs = performance.now();
    return await until(`a child that was started on ${newest}`, () => {
      const { contents, ready } = this.#latest();
      const has = this.#judge(contents, ready);
      const seen = `${has} ${ready?.text}`;
      if (has === undefined || seen !== known) sinceMs = performance.now();
      known = seen;
      return performance.now() - sinceMs > STABLE_MS && has;
    }, SETTLE_MS);
  }

  #judge(
    contents: readonly string[],
    ready: Line | undefined,
  ): "newest" | "undone" | undefined {
    const { contents: newest } = this.#configuration;
    if (JSON.stringify(contents) === JSON.stringify(newest)) return "newest";
    const isKept = ready !== undefined &&
      this.#configuration.wasUndone(contents) &&
      isUndoneAtStart(this.manager.log.entries, ready.atMs);
    return isKept ? "undone" : undefined;
  }

  /** What the latest child printed that has printed everything, in the order of the paths. */
  #latest(): { contents: string[]; ready: Line | undefined } {
    const { entries } = this.manager.out;
    const end = entries.findLastIndex(({ text }) => text.startsWith(READY));
    const contents: string[] = [];
    for (let at = end - 1; at >= 0 && contents.length < 2; at--) {
      const { text } = entries[at];
      // Read from the end: the first path was printed last.
      if (text.startsWith(CONFIG)) contents.push(text.slice(CONFIG.length));
    }
    return { contents, ready: entries[end] };
  }

  /** A signal to a child that is ready reaches it. */
  async sendSignal(pick: <T>(items: readonly T[]) => T): Promise<void> {
    await this.settle();
    const signal = pick(FORWARDED);
    const from = this.manager.out.entries.length;
    this.manager.signal(signal);
    this.#signals++;
    await this.manager.out.wait(`got ${signal}`, { from });
  }

  /** No signal came twice, no child met another, nothing unexpected was reported. */
  checkOutput(): void {
    const { log, out } = this.manager;
    const got = out.count(/^got SIG(HUP|USR1|USR2|WINCH)$/);
    if (got !== this.#signals) {
      throw new Error(`${this.#signals} signals were sent, ${got} arrived`);
    }
    if (out.count("lock: busy") > 0) {
      throw new Error("A child was started while another one lived");
    }
    const errors = log.matches(/ (WARN|ERROR): /)
      .filter(({ text }) => !EXPECTED.test(text));
    if (errors.length > 0) throw new Error(`It says: ${errors[0].text}`);
  }

  /** Waits until all orphans are gone, and checks that nothing but the child is left. */
  async checkFamily(): Promise<void> {
    await until("the child without zombies or orphans beside it", () => {
      const family = childrenOf(this.manager.pid);
      const isAlone = family.length === 1 && family[0].state !== "Z";
      return isAlone;
    }, ORPHANS_MS);
  }

  /** The child ends by itself, and the manager with it. */
  async crash(how: Crash): Promise<void> {
    await this.settle();
    this.checkOutput();
    if (how === "SIGKILL" || how === "SIGSEGV") Deno.kill(this.#child(), how);
    else this.manager.signal("SIGALRM");
    await this.#end(CRASHES[how]);
  }

  async stop(): Promise<void> {
    this.manager.signal("SIGTERM");
    await this.#end(0);
  }

  async #end(expected: number): Promise<void> {
    const code = await this.manager.exitCode();
    if (code !== expected) {
      throw new Error(`The manager ended with ${code}, not ${expected}`);
    }
    // The kernel may still be at work on what the namespace held.
    await pause(50);
    const left = await this.manager.survivors();
    if (left.length > 0) throw new Error(`${left.length} processes are left`);
  }

  /** The child in our own numbering: the last number of NSpid is the manager's. */
  #child(): number {
    const inner = this.manager.childPid;
    const found = childrenOf(this.manager.pid).find(({ pid }) => {
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      return Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1]) === inner;
    });
    if (found === undefined) throw new Error(`Cannot find child ${inner}`);
    return found.pid;
  }
}

/** A child that catches signals and leaves orphans, some of them outside its group. */
function childFlags(bench: Bench, { paths }: Configuration): string[] {
  return [
    "--trap",
    FORWARDED.map((signal) => signal.slice(3)).join(","),
    "--exit-on",
    `ALRM:${CRASH_CODE}`,
    "--orphans",
    "3:20-500",
    "--own-group",
    "--orphans",
    "2:100-2000",
    // After the orphans: they would hold it on.
    "--lock",
    bench.path("lock"),
    "--slow-stop",
    "20",
    // The bench itself has the first path printed, after it.
    "--print-config",
    paths[1],
  ];
}
