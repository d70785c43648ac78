/** The subcommands that change something: the manager takes it, or says why not. */
import { oneLine } from "../core/notation/one_line.ts";
import { formatDuration } from "../core/notation/duration.ts";
import { EXIT_OK } from "../core/vocabulary/exit_status.ts";
import { commandAnswerFrom } from "./answer/answers.ts";
import type { Request } from "./connection.ts";
import { type Exchange, refusedBy } from "./exchange.ts";
import { EXIT_NO, jsonText } from "./questions.ts";
import { withProgress } from "./progress.ts";
import { type Change, doneText } from "./text/command_text.ts";

/** A command that the manager has refused: for a good reason, or since it failed. */
const REFUSALS: ReadonlySet<number> = new Set([409, 422]);

export async function change(
  exchange: Exchange,
  command: Change,
): Promise<number> {
  const { call, connection, terminal } = exchange;
  const ask = () => connection.ask(requestOf(command));
  const isWatched = command.kind === "reload" && command.wait &&
    terminal.canRedraw && call.output === "text";
  const answer = await (isWatched ? withProgress(exchange, ask) : ask());
  const told = commandAnswerFrom(answer.body);
  const isTaken = answer.status === 200 || answer.status === 202;
  if (told === undefined || !(isTaken || REFUSALS.has(answer.status))) {
    throw refusedBy(exchange, answer);
  }
  // A reload that was only begun has not been waited for.
  const isDone = isTaken && !(waits(command) && answer.status === 202);
  if (call.output === "json") await terminal.write(jsonText(answer.body));
  else if (told.status === "refused") {
    await terminal.complain(oneLine(told.message ?? "The manager refuses"));
  } else {
    const line = oneLine(doneText(command, told));
    await (isDone ? terminal.write(`${line}\n`) : terminal.complain(line));
  }
  return isDone ? EXIT_OK : EXIT_NO;
}

const waits = (command: Change): boolean =>
  command.kind === "reload" && command.wait;

function requestOf(command: Change): Request {
  switch (command.kind) {
    case "reload": {
      const query = [
        ...command.wait ? ["wait=true"] : [],
        ...command.force ? ["force=true"] : [],
      ].join("&");
      const path = query === "" ? "/reload" : `/reload?${query}`;
      return { method: "POST", path };
    }
    case "hold": {
      const { reason, forMs } = command;
      const time = forMs === undefined ? undefined : formatDuration(forMs);
      return { method: "POST", path: "/hold", body: { reason, for: time } };
    }
    case "resume":
      return { method: "POST", path: "/resume" };
    case "stop-child": {
      const path = command.wait ? "/child/stop?wait=true" : "/child/stop";
      return { method: "POST", path };
    }
    case "start-child":
      return { method: "POST", path: "/child/start" };
    case "fleet-clear": {
      const { content } = command;
      return { method: "POST", path: "/fleet/clear", body: { content } };
    }
    case "log-level": {
      const { level } = command;
      return { method: "PUT", path: "/log-level", body: { level } };
    }
  }
}
