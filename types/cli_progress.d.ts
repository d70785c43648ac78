// Declares the part of cli-progress that this project calls; the package ships
// JavaScript only. Must not declare more than is used.

/** How bars look, and where they are written. */
export interface Options {
  readonly stream: unknown;
  readonly format: string;
  readonly barsize: number;
  readonly barCompleteChar: string;
  readonly barIncompleteChar: string;
  readonly clearOnComplete: boolean;
  readonly hideCursor: boolean;
  /** True leaves the terminal's wrapping alone, and cuts bars to its width. */
  readonly linewrap: boolean;
  /** Whether SIGINT and SIGTERM are caught. */
  readonly gracefulExit: boolean;
  /** Whether nothing of nothing is 0 %. */
  readonly emptyOnZero: boolean;
}

export interface Bar {
  update(value: number, payload: Readonly<Record<string, string>>): void;
}

/** Bars below the lines that are printed. */
export class MultiBar {
  constructor(options: Options);
  create(
    total: number,
    value: number,
    payload: Readonly<Record<string, string>>,
  ): Bar;
  /** Puts a line, with its end, above the bars at the next update. */
  log(line: string): void;
  update(): void;
  stop(): void;
}

declare const cliProgress: { readonly MultiBar: typeof MultiBar };
export default cliProgress;
