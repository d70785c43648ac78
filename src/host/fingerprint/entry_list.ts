/**
 * Collects the entries that one walk over a directory finds. A walk that finds
 * what the walk before has found makes no new list, and a list that differs shares
 * the strings that are equal: several contents of a large directory take little
 * more memory than one.
 */
import type { Entries } from "../../core/vocabulary/fingerprint.ts";

export const NO_ENTRIES: Entries = { labels: [], identities: [] };

/** The entries of one walk, added in its order. */
export class EntryList {
  readonly #before: Entries;
  /** How many entries are those of the list before, in the same order. */
  #same = 0;
  #labels: string[] | undefined;
  #identities: string[] = [];
  /** Where the list before may have the next entry. */
  #at = 0;

  /** `before` is what an earlier walk has found. */
  constructor(before: Entries) {
    this.#before = before;
  }

  add(label: string, identity: string): void {
    const { labels, identities } = this.#before;
    if (this.#labels === undefined) {
      const isSame = labels[this.#same] === label &&
        identities[this.#same] === identity;
      if (isSame) return void this.#same++;
      this.#labels = labels.slice(0, this.#same);
      this.#identities = identities.slice(0, this.#same);
      this.#at = this.#same;
    }
    const at = this.#find(label);
    if (at === undefined) {
      this.#labels.push(label);
      this.#identities.push(identity);
      return;
    }
    this.#at = at + 1;
    this.#labels.push(labels[at]);
    this.#identities.push(
      identities[at] === identity ? identities[at] : identity,
    );
  }

  /** All that was added. */
  entries(): Entries {
    if (this.#labels !== undefined) {
      return { labels: this.#labels, identities: this.#identities };
    }
    const { labels, identities } = this.#before;
    return this.#same === labels.length ? this.#before : {
      labels: labels.slice(0, this.#same),
      identities: identities.slice(0, this.#same),
    };
  }

  /**
   * Where the list before has this entry. It is not found where the order of the
   * texts is not that of the walk (`a.b` and `a/b`): then it is not shared.
   */
  #find(label: string): number | undefined {
    const { labels } = this.#before;
    while (this.#at < labels.length && labels[this.#at] < label) this.#at++;
    return labels[this.#at] === label ? this.#at : undefined;
  }
}
