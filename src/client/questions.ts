/** The subcommands that ask once and change nothing: status, health, fleet and check --running. */
import type { Probe } from "../cli/client_call.ts";
import { findingLines } from "../core/notation/finding_lines.ts";
import { oneLine, oneLineJson } from "../core/notation/one_line.ts";
import { EXIT_OK } from "../core/vocabulary/exit_status.ts";
import { exitCodeOfCheck } from "../core/vocabulary/finding.ts";
import {
  commandAnswerFrom,
  findingsFrom,
  fleetFrom,
  healthFrom,
  statusFrom,
} from "./answer/answers.ts";
import type { Answer } from "./connection.ts";
import { type Exchange, refusedBy } from "./exchange.ts";
import { fleetLines, fleetScreen } from "./text/fleet_text.ts";
import { healthLines, healthScreen } from "./text/health_text.ts";
import { statusLines } from "./text/status_lines.ts";
import { statusScreen } from "./text/status_screen.ts";
import { coloured, plain, type Screen } from "./text/style.ts";
import type { Terminal } from "./terminal.ts";

/** By HTTP: the manager does not do it now. */
const REFUSED = 409;

/** The manager says no. */
export const EXIT_NO = 1;

export const screenOf = (terminal: Terminal): Screen => ({
  columns: terminal.size().columns,
  style: terminal.hasColour ? coloured : plain,
});

/** JSON as it came, with nothing in it that a terminal obeys. */
export const jsonText = (body: string): string =>
  `${oneLineJson(body.trim().replaceAll(/[\r\n]+/g, " "))}\n`;

export async function status(
  exchange: Exchange,
  debug: boolean,
): Promise<number> {
  const answer = await exchange.connection.ask({
    method: "GET",
    path: debug ? "/status?debug=true" : "/status",
  });
  const told = answer.status === 200 ? statusFrom(answer.body) : undefined;
  if (told === undefined) throw refusedBy(exchange, answer);
  await show(exchange, answer, {
    lines: () => statusLines(told),
    screen: (screen) => statusScreen(told, screen),
  });
  return EXIT_OK;
}

/** As it is now: 1 where there is none, or it cannot be asked. */
export async function fleet(exchange: Exchange): Promise<number> {
  const { call, connection, terminal } = exchange;
  const answer = await connection.ask({ method: "GET", path: "/fleet" });
  if (answer.status === REFUSED) {
    const why = commandAnswerFrom(answer.body)?.message;
    if (why === undefined) throw refusedBy(exchange, answer);
    if (call.output === "json") await terminal.write(jsonText(answer.body));
    else await terminal.complain(oneLine(why));
    return EXIT_NO;
  }
  const told = answer.status === 200 ? fleetFrom(answer.body) : undefined;
  if (told === undefined) throw refusedBy(exchange, answer);
  await show(exchange, answer, {
    lines: () => fleetLines(told),
    screen: (screen) => fleetScreen(told, screen),
  });
  return told.unreachable === null ? EXIT_OK : EXIT_NO;
}

interface Forms {
  readonly lines: () => string;
  readonly screen: (screen: Screen) => readonly string[];
}

/** In the form that was asked for, or that fits who reads it. */
async function show(
  { call, terminal }: Exchange,
  { body }: Answer,
  forms: Forms,
): Promise<void> {
  if (call.output === "json") return await terminal.write(jsonText(body));
  if (!terminal.isTerminal) return await terminal.write(forms.lines());
  const lines = forms.screen(screenOf(terminal));
  await terminal.write(lines.map((line) => `${line}\n`).join(""));
}

export async function health(exchange: Exchange): Promise<number> {
  const answer = await exchange.connection.ask({
    method: "GET",
    path: "/health",
  });
  const isAnswer = answer.status === 200 || answer.status === 503;
  const told = isAnswer ? healthFrom(answer.body) : undefined;
  if (told === undefined) throw refusedBy(exchange, answer);
  await show(exchange, answer, {
    lines: () => healthLines(told),
    screen: (screen) => healthScreen(told, screen),
  });
  return answer.status === 200 ? EXIT_OK : EXIT_NO;
}

/** What `flush-manager check` says, of the settings that the manager runs with. */
export async function checkRunning(exchange: Exchange): Promise<number> {
  const { call, connection, terminal } = exchange;
  const answer = await connection.ask({ method: "GET", path: "/check" });
  const findings = answer.status === 200
    ? findingsFrom(answer.body)
    : undefined;
  if (findings === undefined) throw refusedBy(exchange, answer);
  await terminal.write(
    call.output === "json" ? jsonText(answer.body) : findingLines(findings),
  );
  return exitCodeOfCheck(findings);
}

/** A line or two: anything longer is the page of something else. */
const REASON_MAX_CHARS = 2_000;

/** The answer is a text, also with `-o json`, where it is put into an object. */
export async function probe(exchange: Exchange, of: Probe): Promise<number> {
  const { call, connection, terminal } = exchange;
  const path = `/${of}z`;
  const answer = await connection.ask({ method: "GET", path });
  const message = answer.body.trim();
  const isYes = answer.status === 200 && message === "ok";
  const isNo = answer.status === 503 && message !== "" &&
    !message.startsWith("<") && !message.startsWith("{") &&
    message.length <= REASON_MAX_CHARS;
  if (!isYes && !isNo) throw refusedBy(exchange, answer);
  await terminal.write(
    call.output === "json"
      ? jsonText(JSON.stringify({ [of]: isYes, message }))
      : `${oneLine(message)}\n`,
  );
  return isYes ? EXIT_OK : EXIT_NO;
}
