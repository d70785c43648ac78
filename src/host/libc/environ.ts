/**
 * Our environment as the kernel has given it to us: pointers to its strings, so
 * that a child gets them byte for byte. `Deno.env` leaves out variables that
 * are not UTF-8.
 */

/** memmove(3): copies memory and returns its first argument, the address of a buffer. */
export type Copy = (
  to: Uint8Array<ArrayBuffer>,
  from: bigint,
  bytes: bigint,
) => Uint8Array<ArrayBuffer>;

const PAGE_BYTES = 4096n;
const VECTOR_CHUNK_BYTES = 512n;
const NAME_CHUNK_BYTES = 32n;

/** The addresses of the strings `NAME=value` in the vector at `environ`, in order. */
export function variablesAt(environ: bigint, copy: Copy): bigint[] {
  const found: bigint[] = [];
  for (let at = environ; at !== 0n;) {
    const bytes = readAhead(at, VECTOR_CHUNK_BYTES, copy);
    for (const address of new BigUint64Array(bytes.buffer)) {
      if (address === 0n) return found;
      found.push(address);
    }
    at += BigInt(bytes.length);
  }
  return found;
}

/** The variables without those that have one of these names. */
export function without(
  names: readonly string[],
  variables: readonly bigint[],
  copy: Copy,
): readonly bigint[] {
  // Reading all names takes long, and mostly no variable has to be left out.
  return names.some(isSet)
    ? variables.filter((address) => !names.includes(nameAt(address, copy)))
    : variables;
}

function isSet(name: string): boolean {
  try {
    return Deno.env.has(name);
  } catch {
    // Its value is not UTF-8.
    return true;
  }
}

/** The text before the first `=`. */
export function nameAt(address: bigint, copy: Copy): string {
  for (let at = address, name = "";;) {
    const text = readAhead(at, NAME_CHUNK_BYTES, copy);
    for (const byte of text) {
      if (byte === 0 || byte === EQUALS) return name;
      name += String.fromCharCode(byte);
    }
    at += BigInt(text.length);
  }
}

const EQUALS = "=".charCodeAt(0);

/**
 * Reads at most `maxBytes` from a mapped address, and never beyond the end of
 * its page, because the next page may not be mapped.
 */
function readAhead(
  address: bigint,
  maxBytes: bigint,
  copy: Copy,
): Uint8Array<ArrayBuffer> {
  const leftBytes = PAGE_BYTES - address % PAGE_BYTES;
  const bytes = leftBytes < maxBytes ? leftBytes : maxBytes;
  const result = new Uint8Array(Number(bytes));
  copy(result, address, bytes);
  return result;
}
