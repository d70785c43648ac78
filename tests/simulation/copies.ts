/**
 * The saved contents of a simulated system and the names that lead to them: one
 * for each child, and the one for everybody. It records what is wrong; it judges
 * nothing else.
 */
const COPIES_MAX = 4;

export class Copies {
  /** Where the name leads that others know. */
  active: string | undefined;
  /** A content was used that is not there, or there are too many. */
  fault: string | undefined;
  /** How often a content was found damaged when it was to be used. */
  losses = 0;
  readonly #saved = new Set<string>();
  readonly #damaged = new Set<string>();
  readonly #names = new Map<number, string>();

  get wasLost(): boolean {
    return this.losses > 0;
  }

  get saved(): readonly string[] {
    return [...this.#saved];
  }

  /** Whether there is an undamaged copy. */
  holds(key: string): boolean {
    return this.#saved.has(key) && !this.#damaged.has(key);
  }

  /** What a child finds under its name. */
  nameOf(run: number): string | undefined {
    return this.#names.get(run);
  }

  save(key: string): void {
    this.#damaged.delete(key);
    this.#saved.add(key);
    if (this.#saved.size <= COPIES_MAX) return;
    this.fault ??= `${this.#saved.size} contents are saved`;
  }

  /** Others go, unless a child has them under its name. */
  keep(keys: readonly string[]): void {
    const used = [...keys, ...this.#names.values()];
    for (const key of this.#saved) {
      if (!used.includes(key)) this.#saved.delete(key);
    }
  }

  damage(key: string): void {
    this.#damaged.add(key);
  }

  /** False where the content is damaged: then the name stays as it is. */
  lead(run: number, key: string): boolean {
    if (!this.#isThere(key)) return false;
    this.#names.set(run, key);
    return true;
  }

  /** The child has ended. */
  release(run: number): void {
    this.#names.delete(run);
  }

  activate(key: string): void {
    if (!this.#saved.has(key)) this.fault ??= `${key} is found and not saved`;
    this.active = key;
  }

  #isThere(key: string): boolean {
    if (!this.#saved.has(key)) this.fault ??= `${key} is used and not saved`;
    const isDamaged = this.#damaged.has(key);
    if (isDamaged) this.losses++;
    return !isDamaged;
  }
}
