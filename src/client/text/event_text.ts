/** One line for each event of a manager. Pure. */
import { oneLine, oneLineJson } from "../../core/notation/one_line.ts";
import { jsonOf, reloadFrom } from "../answer/answers.ts";
import type { ServerEvent } from "../answer/event_parser.ts";
import { length } from "./moments.ts";
import type { Style, Tone } from "./style.ts";
import { outcomeText, outcomeTone } from "./words.ts";

type Data = Readonly<Record<string, unknown>>;

/** The fields of an event; none where it holds no JSON object. */
export function dataOf({ data }: ServerEvent): Data {
  const value = jsonOf(data);
  return typeof value === "object" && value !== null ? value as Data : {};
}

/** As JSON, a line each: the id, the kind, and the data as they came. */
export function eventJson(event: ServerEvent): string {
  const data = jsonOf(event.data) ?? event.data;
  const id = event.id === "" ? null : event.id;
  return oneLineJson(JSON.stringify({ id, event: event.event, data }));
}

const LEVEL_TONES: Readonly<Record<string, Tone>> = {
  trace: "dim",
  debug: "dim",
  warn: "warning",
  error: "bad",
};

/** For people and for a search: when, what kind, and what happened. */
export function eventLine(event: ServerEvent, style: Style): string {
  const data = dataOf(event);
  const time = oneLine(word(data.time));
  const told = `${oneLine(event.event)}: ${oneLine(textOf(event, data))}`;
  return `${style("dim", time)} ${style(toneOf(event, data), told)}`;
}

function toneOf({ event }: ServerEvent, data: Data): Tone {
  switch (event) {
    case "log":
      return LEVEL_TONES[word(data.level)] ?? "plain";
    case "reload": {
      const reload = reloadFrom(data.reload);
      return data.what === "ended" && reload !== undefined
        ? outcomeTone(reload)
        : "plain";
    }
    case "hold":
    case "gap":
    case "dropped":
      return "warning";
    default:
      return "plain";
  }
}

function textOf({ event, data: text }: ServerEvent, data: Data): string {
  switch (event) {
    case "state":
      return `${word(data.from)} -> ${word(data.to)} on ${word(data.event)}`;
    case "reload":
      return reloadText(data);
    case "hold":
      return holdText(data.hold);
    case "log":
      return `${word(data.level).toUpperCase()} ${word(data.message)}`;
    case "gap":
      return `events after ${word(data.last_event_id)} and before ${
        word(data.oldest_id)
      } are lost`;
    case "dropped":
      return "this reader was too slow; it is connected again";
    default:
      return text;
  }
}

function reloadText(data: Data): string {
  const reload = reloadFrom(data.reload);
  if (reload === undefined) return word(data.what);
  const { id, trigger, phase, detail, outcome } = reload;
  switch (data.what) {
    case "begun":
      return `${id} begun for ${trigger}`;
    case "phase":
      return `${id} ${phase}`;
    default: {
      const why = outcome === "applied" || detail === null ? "" : `: ${detail}`;
      return `${id} ${outcomeText(reload)} in ${
        length(reload.duration_seconds)
      }${why}`;
    }
  }
}

/** Null is the end of a hold. */
function holdText(hold: unknown): string {
  if (typeof hold !== "object" || hold === null) {
    return "changes are put into effect again";
  }
  const { reason, until } = hold as Data;
  const end = typeof until === "string" ? ` until ${until}` : "";
  return `changes are held back${end}${
    typeof reason === "string" ? `: ${reason}` : ""
  }`;
}

/** What a text or a number shows; `-` for anything else. */
function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number"
    ? String(value)
    : "-";
}
