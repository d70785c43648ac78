/**
 * What is not needed to start a child, in one module that is loaded when it
 * runs: start-up time is mostly parsing, and a child does not wait for this part.
 */
export { step } from "../core/step.ts";
export { createReaper } from "../host/process/reaper.ts";
export { explainRefusal } from "../host/process/spawn_error.ts";
export { Timers } from "../host/base/timers.ts";
export { rehearse } from "./rehearsal.ts";
export { watch } from "./watch.ts";
