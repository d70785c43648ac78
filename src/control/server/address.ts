/** Where the control endpoint is reached, as the options say. Plain data. */
export type ControlAddress =
  | {
    readonly kind: "unix";
    readonly path: string;
    readonly mode: number;
    /** The group that the file gets; undefined leaves it to the directory and the process. */
    readonly group: number | undefined;
  }
  | {
    readonly kind: "tcp";
    /** An IP address. */
    readonly host: string;
    readonly port: number;
  };

/** Whether only processes of this machine, or of this container's network, reach it. */
export const isLoopback = (host: string): boolean =>
  host === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(host);
