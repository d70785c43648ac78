/** What an operator can ask a running manager for. Plain data. */
import type { LogLevel } from "../../core/vocabulary/settings.ts";

export type Command =
  | { readonly kind: "reload"; readonly force: boolean }
  | {
    readonly kind: "hold";
    readonly reason: string | undefined;
    /** Undefined: until `resume`. */
    readonly forMs: number | undefined;
  }
  | { readonly kind: "resume" }
  | { readonly kind: "stopChild" }
  | { readonly kind: "startChild" }
  | { readonly kind: "logLevel"; readonly level: LogLevel };
