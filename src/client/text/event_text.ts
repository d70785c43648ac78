/** One line for each event of a manager. Pure. */
import { oneLine, oneLineJson } from "../../core/notation/one_line.ts";
import { jsonOf } from "../answer/answers.ts";
import type { ServerEvent } from "../answer/event_parser.ts";
import type { Style, Tone } from "./style.ts";

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
    case "reload":
      return data.what !== "ended"
        ? "plain"
        : data.outcome === "applied"
        ? "good"
        : "warning";
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
      return `${word(data.reload_id)} ${reloadText(data)}`;
    case "hold":
      return holdText(data.gate);
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
  switch (data.what) {
    case "begun":
      return `begun for ${word(data.trigger)}`;
    case "phase":
      return word(data.phase);
    default: {
      const detail = data.detail === undefined || data.detail === null
        ? ""
        : `: ${word(data.detail)}`;
      return `${word(data.outcome).replace("_", " ")}${detail}`;
    }
  }
}

function holdText(gate: unknown): string {
  const { kind, reason } =
    (typeof gate === "object" && gate !== null ? gate : {}) as Data;
  if (kind !== "held") return "changes are put into effect again";
  return typeof reason === "string"
    ? `changes are held back: ${reason}`
    : "changes are held back";
}

/** What a text or a number shows; `-` for anything else. */
function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number"
    ? String(value)
    : "-";
}
