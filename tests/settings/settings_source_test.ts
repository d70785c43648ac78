/** The settings file of a running manager: what of its changes is taken, and what is said. */
import assert from "node:assert/strict";
import { UsageError } from "../../src/cli/values/basic.ts";
import type { Settings } from "../../src/core/vocabulary/settings.ts";
import { SettingsSource } from "../../src/settings/settings_source.ts";
import { tempDirectory, until } from "../host/temp.ts";
import { resolver } from "./asked.ts";
import "../host/loaded_libc.ts";

const FAST = "poll-interval: 100ms\ndebounce: 0s\n";

/** A file that is followed. */
class Followed implements Disposable {
  readonly applied: Settings[] = [];
  readonly lines: string[] = [];
  readonly #path: string;
  readonly #end: () => void;

  constructor(directory: string, text: string) {
    this.#path = `${directory}/f.yaml`;
    Deno.writeTextFileSync(this.#path, text);
    const source = new SettingsSource(this.#path, resolver());
    const start = source.read();
    assert.ok(start.kind === "run");
    this.#end = source.follow(start, {
      apply: (settings) => void this.applied.push(settings),
      log: ({ text }) => void this.lines.push(text),
      onError: (error) => void this.lines.push(`bug: ${error}`),
    });
  }

  /** Replaces the file, and waits until so many lines were said in all. */
  async change(text: string, lines: number): Promise<void> {
    Deno.writeTextFileSync(`${this.#path}.next`, text);
    Deno.renameSync(`${this.#path}.next`, this.#path);
    await until("the lines are there", () => this.lines.length >= lines);
  }

  remove(): void {
    Deno.removeSync(this.#path);
  }

  get path(): string {
    return this.#path;
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}

Deno.test("a change of the settings file is taken and told; a broken one is told once, and the earlier settings stay", async () => {
  await using directory = await tempDirectory();
  using followed = new Followed(directory.path, FAST);
  await followed.change(`${FAST}debounce-max: 1s\nsplay: 1s\n`, 2);
  assert.deepEqual(followed.lines.splice(0), [
    "Settings file changed, in effect from now on: debounce-max",
    "Settings file changed, in effect only after a restart of flush-manager: splay",
  ]);
  assert.equal(followed.applied.length, 1);
  assert.equal(followed.applied[0].debounceMaxMs, 1_000);
  assert.equal(followed.applied[0].splayMs, 0);

  await followed.change(`${FAST}debounce-max: 2\nsplya: 1s\n`, 1);
  await followed.change(`${FAST}debounce-max: 2\nsplya: 2s\n`, 2);
  const fault =
    `Settings file changed, but the earlier settings stay in effect: Cannot use ${followed.path}:3:15: debounce-max: the value "2" is not allowed; use a duration with a unit (500ms, 10s, 1m30s) from 0s to 1h0m0s; did you mean 2s? (and 1 more fault, which check tells)`;
  assert.deepEqual(followed.lines.splice(0), [fault, fault]);
  assert.equal(followed.applied.length, 1);

  await followed.change(`${FAST}hold: incident 7\n`, 1);
  assert.deepEqual(followed.lines.splice(0), [
    "Settings file changed, in effect from now on: debounce-max, hold",
  ]);
  assert.deepEqual(followed.applied[1].hold, { reason: "incident 7" });
});

Deno.test("a settings file that is gone is told, and taken when it is back", async () => {
  await using directory = await tempDirectory();
  using followed = new Followed(directory.path, FAST);
  followed.remove();
  await until("the line is there", () => followed.lines.length === 1);
  assert.deepEqual(followed.lines.splice(0), [
    `Settings file changed, but the earlier settings stay in effect: Cannot read settings file ${followed.path}: no such regular file`,
  ]);
  await followed.change(`${FAST}log-level: warn\n`, 1);
  assert.equal(followed.applied[0].logLevel, "warn");
});

Deno.test("settings that cannot go together are no change", async () => {
  await using directory = await tempDirectory();
  using followed = new Followed(directory.path, FAST);
  await followed.change(`${FAST}strategy: overlap\n`, 1);
  assert.match(
    followed.lines[0],
    /earlier settings stay.*f\.yaml:3:1: strategy: overlap needs --ready/,
  );
  assert.deepEqual(followed.applied, []);
});

Deno.test("a settings file that cannot be used at the start is refused", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/f.yaml`;
  Deno.writeTextFileSync(path, "x: 1");
  const source = new SettingsSource(path, resolver());
  assert.throws(() => source.read(), UsageError);
});
