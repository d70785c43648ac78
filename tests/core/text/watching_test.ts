/** Holds the contract's lines about the watched paths, verbatim: operators search for these. */
import assert from "node:assert/strict";
import { formatJson } from "../../../src/host/log/line_format.ts";
import type {
  ChangedEntry,
  ChangedPath,
} from "../../../src/core/vocabulary/changed_paths.ts";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import * as watching from "../../../src/core/text/watching.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";

type Found = Exclude<PathPrint, { kind: "fault" }>;

const print = (mtimeMs: number, ino: number): Found => ({
  kind: "file",
  identity: "",
  metadata: "",
  dev: 1,
  ino,
  size: 1,
  mtimeMs,
});

const directory = (mtimeMs: number): Found => ({
  ...print(mtimeMs, 7),
  kind: "directory",
});
const entries = (
  how: ChangedEntry["how"],
  ...labels: readonly string[]
): ChangedEntry[] => labels.map((label) => ({ how, label }));

const FILE: readonly ChangedPath[] = [{ path: "F", entries: [] }];
const DIRECTORY: readonly ChangedPath[] = [{
  path: "D",
  entries: [
    ...entries("changed", "a", "b"),
    ...entries("added", "c"),
    ...entries("removed", "d"),
  ],
}];
const NUMBERS = Array.from({ length: 50 }, (_, at) => String(at));
const CROWD = [{ path: "D", entries: entries("changed", ...NUMBERS) }];
const MANY_PATHS = NUMBERS.map((path) => ({ path, entries: [] }));

const CONTRACT: readonly (readonly [Message, string, string])[] = [
  [
    watching.configIsSymlink("F", "R"),
    "info",
    "Config file F is a symlink pointing to R",
  ],
  [watching.configIsRegular("F"), "info", "Config file F is a regular file"],
  [
    watching.configNoop("F"),
    "info",
    "Config file F does not exist, using no-op watcher",
  ],
  [watching.watchingDirectory("D"), "info", "Watching directory: D"],
  [watching.watcherStarting("F"), "info", "Starting file watcher for F"],
  [watching.eventLoopStarted(), "debug", "Started fsnotify event loop"],
  [
    watching.pollingStarted(5_000),
    "debug",
    "Started polling file changes every 5s",
  ],
  [
    watching.fileEvent("RENAME", "P"),
    "debug",
    "Fsnotify event: RENAME P",
  ],
  [watching.metadataEvent("P"), "debug", "Event on ConfigMap metadata: P"],
  [
    watching.configCoarse("F", "is larger than 1 GiB"),
    "warn",
    "Cannot read all of config F: it is larger than 1 GiB; its metadata are compared in place of its content",
  ],
  [
    watching.firstLookAwaited("F", { path: 0, bytes: 1536, entries: 7 }),
    "info",
    "Waiting for the first look at config F: 1.5 KiB of large files and 7 entries so far",
  ],
  [
    watching.startedBeforeRead("F"),
    "info",
    "The first look at config F takes long, starting child process meanwhile; what changes before it is done counts as a change",
  ],
  [
    watching.firstLookDone("F"),
    "info",
    "The first look at config F is done, nothing has changed",
  ],
  [
    watching.foundByReading("F", 1),
    "info",
    "File change found by reading F again: no event and no metadata told of it",
  ],
  [watching.detectedByPolling(), "info", "File change detected via polling"],
  [
    watching.changeDetected(FILE, print(0, 1), print(1_500, 2)),
    "info",
    "File change detected: old_mtime=1970-01-01T00:00:00.000Z, new_mtime=1970-01-01T00:00:01.500Z, old_inode=1, new_inode=2, path=F",
  ],
  [
    watching.changeDetected(FILE, print(Infinity, 1), print(0, 2)),
    "info",
    "File change detected: old_mtime=out-of-range, new_mtime=1970-01-01T00:00:00.000Z, old_inode=1, new_inode=2, path=F",
  ],
  [
    watching.changeDetected(DIRECTORY, directory(0), directory(0)),
    "info",
    "File change detected: path=D, changed=[a b], added=[c], removed=[d]",
  ],
  [
    watching.changeDetected([...FILE, ...DIRECTORY], print(0, 1), print(0, 2)),
    "info",
    "File change detected: old_mtime=1970-01-01T00:00:00.000Z, new_mtime=1970-01-01T00:00:00.000Z, old_inode=1, new_inode=2, path=F, path=D, changed=[a b], added=[c], removed=[d]",
  ],
  [
    watching.changeDetected(DIRECTORY, directory(0), directory(1)),
    "info",
    "File change detected: old_mtime=1970-01-01T00:00:00.000Z, new_mtime=1970-01-01T00:00:00.001Z, path=D, changed=[a b], added=[c], removed=[d]",
  ],
  [
    watching.changeDetected(CROWD, directory(0), directory(0)),
    "info",
    "File change detected: path=D, changed=[0 1 2 3 4 5 6 7 8 9] and 40 more",
  ],
  [
    watching.changeDetected(MANY_PATHS, print(0, 1), print(0, 1)),
    "info",
    "File change detected: old_mtime=1970-01-01T00:00:00.000Z, new_mtime=1970-01-01T00:00:00.000Z, old_inode=1, new_inode=1, path=0, path=1, path=2, path=3, path=4, path=5, path=6, path=7, path=8, path=9 and 40 more paths",
  ],
  [
    watching.changeConfirmed(FILE, "path=F"),
    "info",
    "File change confirmed after debounce period",
  ],
  [
    watching.changeConfirmed([], "path=F"),
    "info",
    "File change confirmed after debounce period",
  ],
  [
    watching.changeConfirmed([...FILE, ...DIRECTORY], "path=F"),
    "info",
    "File change confirmed after debounce period: path=F, path=D, changed=[a b], added=[c], removed=[d]",
  ],
  [
    watching.changeAwaitsRestNoLonger(),
    "info",
    "Config changes all the time, taking a copy of what it holds now",
  ],
  [
    watching.startAwaitsRestNoLonger(),
    "info",
    "Config changes all the time, starting child process on a copy of what it holds now",
  ],
  [
    watching.changeWaits("restarts", 6, 1_000),
    "warn",
    "Config file changed soon after each of the last 6 restarts, waiting up to 1s before the next one; does the child rewrite its own configuration?",
  ],
  [
    watching.changeWaits("reloads", 6, 1_000),
    "warn",
    "Config file changed soon after each of the last 6 reloads, waiting up to 1s before the next one; does the child rewrite its own configuration?",
  ],
];

Deno.test("a record names what changed within the length of a line", () => {
  const { fields } = watching.changeDetected(CROWD, print(0, 1), print(0, 1));
  assert.deepEqual(fields.paths, ["D"]);
  const named = watching.changeConfirmed(DIRECTORY, "").fields;
  assert.deepEqual(named.paths, ["D/a", "D/b", "D/c", "D/d"]);
  const long = { how: "added", label: "é".repeat(255) } as const;
  const entries = Array(50).fill(long);
  const paths = ["D", "E", "F"].map((path) => ({ path, entries }));
  const line = watching.changeDetected(paths, print(0, 1), print(0, 1));
  const text = formatJson(line, new Date(0));
  const far = { path: `/${"x".repeat(3_000)}`, entries: [] };
  assert.equal(
    watching.describeChanged([far, ...FILE]),
    `path=${far.path} and 1 more path`,
  );
  assert.match(text, /"path":"D","paths":\["D","E","F"\]/);
});

for (const [message, level, text] of CONTRACT) {
  Deno.test(`contract line: ${text}`, () => {
    assert.equal(message.text, text);
    assert.equal(message.level, level);
  });
}
