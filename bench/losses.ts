/**
 * What a reload costs the clients of a service, as docs/evidence.md has it from
 * the load tests of nginx (tests/real/load_test.ts). Pure; must not measure.
 */

/** One way to reload, and what it lost. */
export interface Loss {
  readonly way: string;
  readonly reloads: number;
  readonly requests: number;
  /** Requests that failed, for each reload. */
  readonly lostPerReload: number;
}

/** Rows of the table whose client makes a connection for each request. */
const CLIENT = "wrk";

/** Ways that people choose between, by their names in the table. */
const WAYS: Readonly<Record<string, string>> = {
  "plain": "plain restart",
  "handed over": "--listen, socket handed over",
  "overlap": "--strategy overlap",
  "overlap, handed over": "--listen and --strategy overlap",
};

/**
 * The ways in the order of `WAYS`.
 *
 * @throws {Error} if the page lacks one of them
 */
export function lossesOf(evidence: string): Loss[] {
  const rows = evidence.split("\n").map((line) => line.trim().split(/\s{2,}/));
  return Object.entries(WAYS).map(([name, way]) => {
    const row = rows.find(([first, client]) =>
      first === name && client === CLIENT
    );
    const [reloads, , requests, failed] = row?.slice(2).map(Number) ?? [];
    if (!(reloads > 0) || !(failed >= 0)) {
      throw new Error(
        `Cannot tell what reloads lose: docs/evidence.md has no row "${name}" of ${CLIENT}`,
      );
    }
    return { way, reloads, requests, lostPerReload: failed / reloads };
  });
}
