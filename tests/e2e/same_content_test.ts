/** What is done to a file without a change of its content (conformance A10). */
import { equal } from "node:assert/strict";
import { type Row, row } from "./bench.ts";
import { NO_RESTART_MS } from "./quiet_window.ts";

/** The operation restarts nothing. */
const harmless = (operate: (file: string) => unknown): Row => async (bench) => {
  const { file, manager } = await bench.onFile();
  await operate(file);
  await manager.nothingHappens(NO_RESTART_MS);
  equal(manager.log.count(/ (WARN|ERROR): /), 0);
};

Deno.test(
  row(
    "A10: a rewrite of the same content restarts nothing",
    harmless((file) => Deno.writeTextFileSync(file, "first")),
  ),
);

Deno.test(
  row(
    "A10: a touch restarts nothing",
    harmless((file) => Deno.utimeSync(file, new Date(), new Date())),
  ),
);

Deno.test(
  row(
    "A10: a touch to 1990 restarts nothing",
    harmless((file) =>
      Deno.utimeSync(file, new Date("1990-01-01"), new Date("1990-01-01"))
    ),
  ),
);

Deno.test(
  row(
    "A10: a chmod that keeps it readable restarts nothing",
    harmless((file) => Deno.chmodSync(file, 0o600)),
  ),
);
