/**
 * The settings file of one manager: what it says at the start, and what comes of
 * it when it changes. Loaded only where there is such a file.
 *
 * The file is looked at every `--poll-interval`, at least every 10 seconds. When
 * it is another one, it is read as soon as it has been the same for half a second,
 * and is put into effect only if all of it can be used.
 */
import type { FileSettings } from "../cli/given.ts";
import type { Resolved } from "../cli/command_line.ts";
import { readSettingsText } from "../cli/settings_file/read_settings.ts";
import { UsageError } from "../cli/values/basic.ts";
import {
  settingsApplied,
  settingsNeedRestart,
  settingsUnusable,
} from "../core/text/settings.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { textOf } from "./settings_file.ts";
import { type Asked, changeTo } from "./runtime_settings.ts";

/** Who puts changed settings into effect. */
export interface SettingsUser {
  readonly apply: (settings: Settings, before: Settings) => void;
  readonly log: (message: Message) => void;
  /** What is thrown by `apply` is a bug. */
  readonly onError: (error: unknown) => void;
}

/** A file that is written in place may be half-written for this long. It is not `--debounce`, of which the file may have made an hour by mistake. */
const QUIET_MS = 500;
/** For the same reason it is looked at this often, where `--poll-interval` is longer. */
const LOOK_MAX_MS = 10_000;

export class SettingsSource {
  readonly #path: string;
  readonly #resolve: (file: FileSettings) => Resolved;
  /** What was read last, and what the file looked like before that. */
  #text: string | undefined;
  #look = "";
  #timer: number | undefined;

  constructor(path: string, resolve: (file: FileSettings) => Resolved) {
    this.#path = path;
    this.#resolve = resolve;
  }

  /** What is asked for now. Throws a UsageError. */
  read(): Resolved {
    this.#look = lookAt(this.#path);
    this.#text = textOf(this.#path);
    return this.#resolve(readSettingsText(this.#path, this.#text));
  }

  /** Tells the user of every change from what was read; returns what ends that. */
  follow(start: Asked, user: SettingsUser): () => void {
    let current = start.settings;
    let said = "";
    const take = () => {
      const asked = this.#readAgain(user);
      if (asked === undefined) return;
      const { settings, applied, waiting } = changeTo(asked, current, start);
      const before = current;
      current = settings;
      if (applied.length > 0) user.log(settingsApplied(applied));
      const names = waiting.join();
      if (names !== said && names !== "") {
        user.log(settingsNeedRestart(waiting));
      }
      said = names;
      if (applied.length > 0) user.apply(settings, before);
    };
    let seen = this.#look;
    const tick = () => {
      const now = lookAt(this.#path);
      // It is the same as at the look before, but not what was read.
      const isDue = now === seen && now !== this.#look;
      const isOther = now !== seen;
      seen = now;
      try {
        if (isDue) {
          this.#look = now;
          take();
        }
      } catch (error) {
        return user.onError(error);
      }
      wait(isOther ? QUIET_MS : current.pollIntervalMs);
    };
    const wait = (ms: number) => {
      this.#timer = setTimeout(tick, Math.min(ms, LOOK_MAX_MS));
    };
    wait(current.pollIntervalMs);
    return () => clearTimeout(this.#timer);
  }

  /** Undefined where the text is the same, or cannot be used, which is told once. */
  #readAgain({ log }: SettingsUser): Asked | undefined {
    try {
      const text = textOf(this.#path);
      if (text === this.#text) return undefined;
      this.#text = text;
      const asked = this.#resolve(readSettingsText(this.#path, text));
      return asked.kind === "run" ? asked : undefined;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const [first] = error.lines;
      log(settingsUnusable(first, error.count));
      return undefined;
    }
  }
}

/** What tells one state of the file from another, through all links; why there is none is one too. */
function lookAt(path: string): string {
  try {
    const { dev, ino, size, mtime, ctime } = Deno.statSync(path);
    return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join();
  } catch (error) {
    return String(error);
  }
}
