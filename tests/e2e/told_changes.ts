/** A program that tells which paths it was told of. Must not know what is changed. */
import type { Bench } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { script, start } from "./reloads.ts";

/** Prints FLUSH_MANAGER_CHANGED on one line, and the names in the directory that is its first argument. */
export const telling = (bench: Bench): string =>
  script(
    bench,
    "telling",
    `echo "changed: $(printf %s "$FLUSH_MANAGER_CHANGED" | tr '\\n' '|')"
     echo "holds: $(ls -A "$1" 2> /dev/null | tr '\\n' ' ')"
     echo "ready pid=$$"
     while :; do sleep 0.05; done`,
  );

/** What the n-th child was told; no other has been started. */
export async function toldTo(manager: Manager, nth: number): Promise<string> {
  await start(manager, nth);
  await manager.out.wait("ready pid=", { nth });
  manager.expectStarts(nth);
  return said(manager, "changed: ", nth);
}

/** What the n-th child has printed behind this text. */
export const said = (manager: Manager, what: string, nth: number): string =>
  manager.out.matches(what).at(nth - 1)?.text.slice(what.length) ?? "";
