/** What `flush-manager check` has found: one line of its report. Pure. */
import { EXIT_CHECK_FAILED, EXIT_OK } from "./exit_status.ts";

/** A fault keeps the manager from starting, or a part of it from ever working. */
export interface Finding {
  readonly kind: "ok" | "note" | "fault";
  readonly text: string;
}

export const ok = (text: string): Finding => ({ kind: "ok", text });
export const note = (text: string): Finding => ({ kind: "note", text });
export const fault = (text: string): Finding => ({ kind: "fault", text });

/** The exit code of a check that has found this. */
export const exitCodeOfCheck = (findings: readonly Finding[]): number =>
  findings.some(({ kind }) => kind === "fault") ? EXIT_CHECK_FAILED : EXIT_OK;
