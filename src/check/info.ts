/** What answers `check` and `--help`: never loaded by a manager that runs. */
export { check, report } from "./report.ts";
export { usage } from "../cli/usage.ts";
