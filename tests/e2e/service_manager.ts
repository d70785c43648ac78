/** A service manager that has started a manager, as its datagrams show it. Must not know what is tested. */
import type { Bench } from "./bench.ts";
import type { Manager } from "./harness.ts";

/** The variables that name the process they are for, which becomes the manager. */
export const AS_SERVICE = (script: string): string[] => [
  "sh",
  "-c",
  `${script} exec "$@"`,
  "sh",
];

/** A service manager's end of NOTIFY_SOCKET; the first line of each datagram is `received: LINE`. */
export async function receiver(
  bench: Bench,
  address = bench.path("notify"),
): Promise<Manager> {
  const service = bench.run(["--receive", address], {
    program: [bench.child],
  });
  await service.out.wait("receiving");
  return service;
}
