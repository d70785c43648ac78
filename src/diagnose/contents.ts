/** What goes into the archive, by file. Everything passes through the redaction when it is taken out. Pure. */
import type { Redaction } from "../core/notation/redaction.ts";

/** A file of the archive. */
export interface Entry {
  readonly name: string;
  readonly text: string;
}

/** What could not be collected, a line each. */
export const ERRORS = "errors.txt";

export class Contents {
  readonly #texts = new Map<string, string[]>();
  readonly #values = new Map<string, unknown>();

  /** Adds text to the end of a file. */
  append(name: string, text: string): void {
    const pieces = this.#texts.get(name);
    if (pieces === undefined) this.#texts.set(name, [text]);
    else pieces.push(text);
  }

  /** A file that is a JSON value. */
  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  /** Notes why something is not there. */
  fault(what: string, why: string): void {
    this.append(ERRORS, `${what}: ${why}\n`);
  }

  /** Whether there is such a file, or one in such a folder. */
  has(name: string): boolean {
    const names = [...this.#texts.keys(), ...this.#values.keys()];
    return names.some((each) =>
      each === name || (name.endsWith("/") && each.startsWith(name))
    );
  }

  /** By name. */
  entries(redaction: Redaction): Entry[] {
    const texts = [...this.#texts].map(([name, pieces]) => ({
      name: redaction.text(name),
      text: redaction.text(pieces.join("")),
    }));
    const values = [...this.#values].map(([name, value]) => ({
      name: redaction.text(name),
      text: `${JSON.stringify(redaction.value(value), undefined, 2)}\n`,
    }));
    return [...texts, ...values]
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }
}
