/** Times as Leases and Events have them. Pure. */

/** A MicroTime (meta/v1): RFC 3339 with six digits behind the second, of which our clock has three. */
export const microTime = (atMs: number): string =>
  new Date(atMs).toISOString().replace("Z", "000Z");
