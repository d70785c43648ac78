/** Numbers that look random and are always the same for the same input. Pure. */

/**
 * A number from 0 to below 1 for a text: FNV-1a, and a finalizer so that names
 * that differ in their last character only are spread as well.
 */
export function fractionOf(text: string): number {
  let mixed = 0x811c9dc5;
  for (const char of text) {
    mixed = Math.imul(mixed ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return fractionOfInt(mixed);
}

/** A number from 0 to below 1 for a number, of which the lower 32 bits count (the finalizer of MurmurHash3). */
export function fractionOfInt(seed: number): number {
  let mixed = seed >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
