/** What the manager itself tells, if it answers. */
import type { DiagnoseCall } from "../cli/client_call.ts";
import { findingLines } from "../core/notation/finding_lines.ts";
import { oneLine } from "../core/notation/one_line.ts";
import { findingsFrom, jsonOf } from "../client/answer/answers.ts";
import type { Answer, Connection } from "../client/connection.ts";
import { refusedBy } from "../client/exchange.ts";
import type { Collector } from "./collector.ts";
import type { Contents } from "./contents.ts";

/** Keeps an answer; undefined where it is none that a manager gives. */
type Keep = (answer: Answer, contents: Contents) => true | undefined;

interface Question {
  readonly path: string;
  readonly what: string;
  readonly file: string;
  readonly tells: string;
  readonly keep: Keep;
}

export const STATUS = "status.json";
export const SETTINGS = "settings.json";
export const CHECK = "check.txt";

const asJson = (name: string): Keep => ({ body }, contents) => {
  const value = jsonOf(body);
  if (typeof value !== "object" || value === null) return undefined;
  contents.set(name, value);
  return true;
};

const QUESTIONS: readonly Question[] = [
  {
    path: "/status?debug=true",
    what: "status",
    file: STATUS,
    tells:
      "what runs on which content, the last reloads, the last error and what a failed check has printed",
    keep: asJson(STATUS),
  },
  {
    path: "/health",
    what: "health",
    file: "health.json",
    tells: "the checks of /health",
    keep: asJson("health.json"),
  },
  {
    path: "/metrics",
    what: "metrics",
    file: "metrics.txt",
    tells: "the metrics, as Prometheus scrapes them",
    keep: ({ body }, contents) => {
      contents.append("metrics.txt", body);
      return true;
    },
  },
  {
    path: "/logs",
    what: "log",
    file: "log.txt",
    tells: "the last 1,000 lines of the log at most",
    keep: ({ body }, contents) => {
      const lines = body.split("\n").filter((line) => line !== "");
      contents.append("log.txt", lines.map(logLine).join(""));
      return true;
    },
  },
  {
    path: "/settings",
    what: "settings",
    file: SETTINGS,
    tells: "the settings of the running manager",
    keep: asJson(SETTINGS),
  },
  {
    path: "/check",
    what: "check",
    file: CHECK,
    tells: "what flush-manager check says of these settings",
    keep: ({ body }, contents) => {
      const findings = findingsFrom(body);
      if (findings === undefined) return undefined;
      contents.append(CHECK, findingLines(findings));
      return true;
    },
  },
];

/**
 * A file each. All ask by one connection, which reads the token once: it may be
 * in a pipe. `onKept` hears of each file that is there.
 */
export function answerCollectors(
  call: DiagnoseCall,
  connection: Connection,
  onKept: (file: string, answer: Answer) => void,
): Collector[] {
  return QUESTIONS.map(({ path, what, file, tells, keep }) => ({
    what,
    files: { [file]: tells },
    collect: async (contents) => {
      const answer = await connection.ask({ method: "GET", path });
      const isAnswer = answer.status === 200 ||
        (path === "/health" && answer.status === 503);
      if (!isAnswer || keep(answer, contents) === undefined) {
        throw refusedBy({ call }, answer);
      }
      onKept(file, answer);
    },
  }));
}

/** As the log has it, with the time in ISO 8601. */
function logLine(json: string): string {
  const value = jsonOf(json);
  if (typeof value !== "object" || value === null) return "";
  const { time, level, message } = value as Record<string, unknown>;
  return `${oneLine(`${time} ${String(level).toUpperCase()} ${message}`)}\n`;
}
