/**
 * A soak: minutes or hours of random updates, signals and crashes, and the
 * verdict on what they leave behind. The first half is several lives, each
 * ended by a crash of the child; the second half is one life that is measured.
 */
import { Bench } from "../e2e/bench.ts";
import { type Holdings, holdingsOf } from "../e2e/processes.ts";
import { pause } from "../e2e/until.ts";
import { Random } from "../simulation/random.ts";
import { Configuration } from "./configuration.ts";
import { type Crash, CRASHES, Life, NOT_INIT } from "./life.ts";
import { mean, type Point, slopeOf } from "./regression.ts";

/** One life in the first half. */
const SHORT_LIFE_MS = 20_000;
const SHORT_LIVES_MAX = 50;
/** Before that the runtime still loads and compiles. */
const WARM_UP_MS = 20_000;
const SAMPLE_EVERY_MS = 1_000;
/** RSS is flat if one can be 95 % sure that it grew by less than this part of itself. */
const GROWTH_MAX = 0.1;
const PAUSE_MAX_MS = 400;

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly print: (line: string) => void;
}

/** @throws {Error} that says what did not hold, with the manager's last lines */
export async function soak(
  { minutes, seed, print }: SoakOptions,
): Promise<void> {
  const random = new Random(seed);
  await using bench = await Bench.create();
  const configuration = await Configuration.create(bench.directory, random);
  print(
    NOT_INIT === undefined
      ? "the manager is PID 1 of a PID namespace"
      : `the manager is a subreaper, not PID 1: ${NOT_INIT}`,
  );
  const halfMs = minutes * 30_000;
  const lives = Math.min(SHORT_LIVES_MAX, Math.round(halfMs / SHORT_LIFE_MS));
  try {
    for (let nth = 1; nth <= lives; nth++) {
      const how = random.pick(Object.keys(CRASHES) as Crash[]);
      const life = await Life.begin(bench, configuration);
      const updates = await live(life, configuration, random, halfMs / lives);
      await life.crash(how);
      print(
        `life ${nth}: ${updates} updates, ${life.manager.restarts} restarts, ` +
          `${life.signals} signals${
            keptOf(life)
          }; the child ended by ${how}, the manager with ${CRASHES[how]}`,
      );
    }
    const life = await Life.begin(bench, configuration);
    await measuredLife(life, configuration, random, halfMs, print);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new Error(`${cause.message}\n${bench.transcript()}`, { cause });
  }
}

/** What is said of a limit that was met. */
const keptOf = ({ unnoticed }: Life): string =>
  unnoticed === 0
    ? ""
    : `, ${unnoticed} times a child had read what was undone right then`;

/** Updates and signals at random for that long; returns how many updates. */
async function live(
  life: Life,
  configuration: Configuration,
  random: Random,
  ms: number,
): Promise<number> {
  const endMs = performance.now() + ms;
  let updates = 0;
  while (performance.now() < endMs) {
    const lot = random.int(1, 10);
    if (lot === 1) await life.sendSignal((items) => random.pick(items));
    else if (lot === 2) await life.settle();
    else {
      await configuration.update();
      updates++;
    }
    await pause(random.int(0, PAUSE_MAX_MS));
  }
  return updates;
}

async function measuredLife(
  life: Life,
  configuration: Configuration,
  random: Random,
  ms: number,
  print: (line: string) => void,
): Promise<void> {
  const warmUpMs = Math.min(WARM_UP_MS, ms / 3);
  let updates = await live(life, configuration, random, warmUpMs);
  await life.settle();
  await life.checkFamily();
  const warm = holdingsOf(life.manager.pid);
  using samples = new Samples(life.manager.pid);
  updates += await live(life, configuration, random, ms - warmUpMs);
  const points = samples.end();
  await life.settle();
  await life.checkFamily();
  const end = await restedHoldings(life, warm);
  print(
    `last life: ${updates} updates, ${life.manager.restarts} restarts, ` +
      `${life.signals} signals${
        keptOf(life)
      }; final content is the child's, no zombie`,
  );
  life.checkOutput();
  checkHoldings(warm, end, print);
  checkMemory(points, print);
  await life.stop();
  print("stopped by SIGTERM with code 0, no process is left");
}

/** Threads for blocking calls end when they were idle for 10 s: they get that time. */
async function restedHoldings(life: Life, warm: Holdings): Promise<Holdings> {
  const giveUpMs = performance.now() + 15_000;
  for (;;) {
    const now = holdingsOf(life.manager.pid);
    const rested = now.threads <= warm.threads &&
      now.descriptors <= warm.descriptors && now.watches <= warm.watches;
    if (rested || performance.now() > giveUpMs) return now;
    await pause(500);
  }
}

function checkHoldings(
  warm: Holdings,
  end: Holdings,
  print: (line: string) => void,
): void {
  const names = ["descriptors", "watches", "threads"] as const;
  print(
    names.map((name) => `${name} ${warm[name]} -> ${end[name]}`).join(", "),
  );
  for (const name of names) {
    if (end[name] > warm[name]) {
      throw new Error(`${name} grew from ${warm[name]} to ${end[name]}`);
    }
  }
}

/** RSS against time, until it is disposed of. */
class Samples implements Disposable {
  readonly #points: Point[] = [];
  readonly #timer: number;

  constructor(pid: number) {
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      const minutes = (performance.now() - startMs) / 60_000;
      this.#points.push({ x: minutes, y: holdingsOf(pid).residentKib });
    }, SAMPLE_EVERY_MS);
  }

  /** Takes no more. */
  end(): readonly Point[] {
    this[Symbol.dispose]();
    return this.#points;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function checkMemory(
  points: readonly Point[],
  print: (line: string) => void,
): void {
  const { perUnit, low, high, count } = slopeOf(points);
  const rss = mean(points.map(({ y }) => y));
  const minutes = (points.at(-1)?.x ?? 0) - points[0].x;
  const growth = high * minutes / rss;
  const kib = (value: number) => `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
  print(
    `RSS ${(rss / 1024).toFixed(1)} MiB on average; slope ${
      kib(perUnit)
    } KiB/min, 95 % confidence [${kib(low)}, ${kib(high)}], ` +
      `${count} samples in ${minutes.toFixed(1)} min: at most ${
        (growth * 100).toFixed(1)
      } % of growth`,
  );
  if (growth > GROWTH_MAX) {
    throw new Error(
      `RSS is not flat: it may have grown by ${
        (growth * 100).toFixed(1)
      } %, allowed is ${GROWTH_MAX * 100} %`,
    );
  }
}
