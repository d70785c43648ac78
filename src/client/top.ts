/** The subcommand top: the status, again and again, on the whole terminal. */
import { EXIT_OK, EXIT_USAGE } from "../core/vocabulary/exit_status.ts";
import { statusFrom } from "./answer/answers.ts";
import { type Exchange, refusedBy } from "./exchange.ts";
import { NoAnswer } from "./no_answer.ts";
import { screenOf } from "./questions.ts";
import { type Sample, topScreen, usageFrom } from "./text/top_screen.ts";

const REFRESH_MS = 1_000;

/** Another screen without a cursor, and back (xterm: DECSET 1049, DECTCEM). */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** To the top; the rest of a line; the rest of the screen. */
const HOME = "\x1b[H";
const CLEAR_REST_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Until q is pressed or a signal comes. Throws a NoAnswer if there is no manager at first. */
export async function top(exchange: Exchange): Promise<number> {
  const { terminal, call } = exchange;
  const over = Promise.withResolvers<void>();
  const isUsable = terminal.canRedraw && call.output === "text";
  // Asked before the screen is taken, so that a refusal stands where the user looks.
  const first = isUsable ? await sample(exchange) : undefined;
  const restore = first === undefined ? undefined : terminal.keys((key) => {
    if (key === "q" || key === "Q") over.resolve();
  });
  if (first === undefined || restore === undefined) {
    await terminal.complain(
      "Cannot use top: it needs a terminal that is not TERM=dumb, and no -o json; use status, or events",
    );
    return EXIT_USAGE;
  }
  const onInterrupt = () => over.resolve();
  exchange.interrupted.addEventListener("abort", onInterrupt);
  try {
    await terminal.write(ENTER);
    await show(exchange, first, over.promise);
  } finally {
    restore();
    await terminal.write(LEAVE).catch(() => {});
  }
  return EXIT_OK;
}

/** Draws until it is over. */
async function show(
  exchange: Exchange,
  first: Sample,
  over: Promise<void>,
): Promise<void> {
  let isOver = false;
  void over.then(() => isOver = true);
  let before: Sample | undefined;
  let now = first;
  let fault: string | undefined;
  while (!isOver) {
    await draw(exchange, topScreen(now, before, fault, sizeOf(exchange)));
    await pause(REFRESH_MS, over);
    if (isOver) return;
    try {
      const next = await Promise.race([sample(exchange), over]);
      if (next === undefined) return;
      [before, now, fault] = [now, next, undefined];
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      fault = error.message;
    }
  }
}

async function sample(exchange: Exchange): Promise<Sample> {
  const { connection } = exchange;
  const answer = await connection.ask({ method: "GET", path: "/status" });
  const status = answer.status === 200 ? statusFrom(answer.body) : undefined;
  if (status === undefined) throw refusedBy(exchange, answer);
  const metrics = await connection.ask({ method: "GET", path: "/metrics" });
  const text = metrics.status === 200 ? metrics.body : "";
  return { status, usage: usageFrom(text), at: performance.now() };
}

const sizeOf = ({ terminal }: Exchange) => ({
  ...screenOf(terminal),
  rows: terminal.size().rows,
});

const draw = (
  { terminal }: Exchange,
  lines: readonly string[],
): Promise<void> =>
  terminal.write(
    HOME + lines.map((line) => line + CLEAR_REST_OF_LINE).join("\r\n") +
      CLEAR_BELOW,
  );

async function pause(ms: number, over: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, over]);
  clearTimeout(timer);
}
