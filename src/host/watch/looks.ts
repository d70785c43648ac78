/** Looks at the paths: what a manager with paths loads for its first look. */
import type { Compare } from "../../core/vocabulary/settings.ts";
import { monotonicNow } from "../base/clock.ts";
import { Fingerprinter } from "../files/fingerprinter.ts";
import { Observer, type ObserverOptions } from "./observer.ts";

/** Rest after a poll, for each file that it looked at: 5 s for 2,500 files. */
const POLL_REST_MS_PER_FILE = 2;
const POLL_REST_MAX_MS = 30_000;

/** Takes one look at a time at all of these. */
export function createObserver(
  configs: readonly { readonly path: string }[],
  compare: Compare,
  answers: Pick<ObserverOptions, "onObserved" | "onError">,
): Observer {
  const paths = configs.map(({ path }) => path);
  const fingerprinter = new Fingerprinter(paths, compare);
  return new Observer({
    ...answers,
    take: (depth) => fingerprinter.look(depth),
    now: monotonicNow,
    // A poll of very many files would keep a processor busy: it may rest longer.
    pollRestMs: () =>
      Math.min(
        fingerprinter.filesSeen * POLL_REST_MS_PER_FILE,
        POLL_REST_MAX_MS,
      ),
  });
}
