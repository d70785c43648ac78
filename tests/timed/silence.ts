/**
 * Lets time pass where latency is judged: there `nothingHappens` does not wait,
 * because most cases were played before. Must not know what is tested.
 */
import type { Manager } from "../e2e/harness.ts";
import { pause } from "../e2e/until.ts";

/** Lets that time pass, and checks that no child was started and none ended in it. */
export async function silence(manager: Manager, ms: number): Promise<void> {
  // Its log has told of all children that have said something.
  await manager.nothingHappens(0);
  const { starts } = manager;
  const exits = manager.log.count("Child process exited");
  await pause(ms);
  manager.expectStarts(starts);
  await manager.nothingHappens(0);
  if (manager.log.count("Child process exited") > exits) {
    throw new Error("The child has ended");
  }
}
