/** What answers `check` and `--help`: never loaded by a manager that runs. */
export { check, report } from "./check.ts";
export { usage } from "./cli/usage.ts";
