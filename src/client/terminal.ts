/** What a subcommand writes to, and the keys that are pressed there. */
import { NotWritten } from "../cli/not_written.ts";

export interface Terminal {
  /** Whether a person looks at the output. */
  readonly isTerminal: boolean;
  /** Whether what is shown there can be drawn over: a terminal, and no TERM=dumb. */
  readonly canRedraw: boolean;
  readonly hasColour: boolean;
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Rejects with a NotWritten. */
  readonly write: (text: string) => Promise<void>;
  /** A line for stderr. Never rejects: where nobody can read it, the exit code has to do. */
  readonly complain: (line: string) => Promise<void>;
  /**
   * Calls `onKey` for each key until the function that is returned is called,
   * which restores the terminal. Undefined where no keys can be read.
   */
  readonly keys: (onKey: (key: string) => void) => (() => void) | undefined;
}

const encoder = new TextEncoder();

type Stream = Pick<typeof Deno.stdout, "write">;

/** To stdout. Rejects with a NotWritten. */
export async function writeOut(bytes: Uint8Array): Promise<void> {
  try {
    await writeAll(Deno.stdout, bytes);
  } catch (error) {
    throw new NotWritten(error);
  }
}

/** Lines for stderr. Never rejects. */
export const complain = (text: string): Promise<void> =>
  writeAll(Deno.stderr, encoder.encode(text)).catch(() => {});

async function writeAll(stream: Stream, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
}

const FALLBACK_SIZE = { columns: 80, rows: 24 };

/** That of this process. */
export function ownTerminal(): Terminal {
  const isTerminal = Deno.stdout.isTerminal();
  const canRedraw = isTerminal && Deno.env.get("TERM") !== "dumb";
  // no-color.org: any value but an empty one.
  const isPlain = (Deno.env.get("NO_COLOR") ?? "") !== "";
  return {
    isTerminal,
    canRedraw,
    hasColour: canRedraw && !isPlain,
    size: () => {
      try {
        const { columns, rows } = Deno.consoleSize();
        // A terminal that was never told its size has none.
        return columns > 0 && rows > 0 ? { columns, rows } : FALLBACK_SIZE;
      } catch {
        return FALLBACK_SIZE;
      }
    },
    write: (text) => writeOut(encoder.encode(text)),
    complain: (line) => complain(`flush-manager: ${line}\n`),
    keys: readKeys,
  };
}

function readKeys(onKey: (key: string) => void): (() => void) | undefined {
  if (!Deno.stdin.isTerminal()) return undefined;
  // `cbreak` leaves ^C the signal that it is.
  Deno.stdin.setRaw(true, { cbreak: true });
  let isOver = false;
  void readAll();
  return () => {
    isOver = true;
    Deno.stdin.setRaw(false);
  };

  async function readAll(): Promise<void> {
    const buffer = new Uint8Array(16);
    while (!isOver) {
      const count = await Deno.stdin.read(buffer).catch(() => null);
      if (count === null) return;
      for (const key of new TextDecoder().decode(buffer.subarray(0, count))) {
        if (!isOver) onKey(key);
      }
    }
  }
}
