/** What is said when a manager has taken a command. Pure. */
import type { ClientCommand } from "../../cli/client_call.ts";
import { shortName } from "../../core/notation/content_name.ts";
import { formatDuration } from "../../core/notation/duration.ts";
import type { CommandAnswer } from "../answer/answers.ts";
import { length } from "./moments.ts";

/** The commands that change something. */
export type Change = Extract<
  ClientCommand,
  {
    kind:
      | "reload"
      | "hold"
      | "resume"
      | "stop-child"
      | "start-child"
      | "fleet-clear"
      | "log-level";
  }
>;

export function doneText(command: Change, answer: CommandAnswer): string {
  switch (command.kind) {
    case "reload":
      return command.wait
        ? endedText(answer)
        : `Reload ${
          answer.reloadId ?? ""
        } has begun; reload --wait or status tells how it ends`;
    case "hold":
      return command.forMs === undefined
        ? "Changes are held back until resume"
        : `Changes are held back for ${formatDuration(command.forMs)}`;
    case "resume":
      return "Changes are put into effect again";
    case "stop-child":
      return `The child ${
        command.wait ? "has stopped" : "is being stopped"
      }; start-child starts it again`;
    case "start-child":
      return "The child is being started";
    case "fleet-clear":
      return clearedText(answer);
    case "log-level":
      return `The log level is ${command.level} until flush-manager ends`;
  }
}

const clearedText = ({ contents }: CommandAnswer): string =>
  contents.length === 0
    ? "The fleet has refused nothing"
    : `Cleared ${
      contents.map(shortName).join(", ")
    }; one manager tries it again when those that wait ask next`;

/** How a reload ended that was waited for. */
export function endedText(answer: CommandAnswer): string {
  const { status, message, durationSeconds, downtimeSeconds } = answer;
  if (status === "reload_initiated") {
    return "The reload has begun, and its end cannot be waited for; status tells of it";
  }
  const name = `Reload ${answer.reloadId ?? ""} ${status.replace("_", " ")}`;
  const took = durationSeconds === undefined
    ? ""
    : ` in ${length(durationSeconds)}`;
  const down = downtimeSeconds === undefined
    ? ""
    : ` (no child for ${length(downtimeSeconds)})`;
  return status === "applied" || message === undefined
    ? `${name}${took}${down}`
    : `${name}${took}${down}: ${message}`;
}
