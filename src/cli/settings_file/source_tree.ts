/**
 * The text of a settings file as a tree whose every node knows its place. Of
 * YAML it takes what JSON can say, and comments: no anchors, no tags, no merge
 * keys, one document. JSON is such YAML. Pure.
 *
 * The parser is js-yaml's, by its events: they have the place of every key and
 * value, and the text as it is written, so that `1.10` stays `1.10`.
 */
import {
  type Event,
  getScalarValue,
  parseEvents,
  YAMLException,
} from "js-yaml";
import type { Fault, Spot } from "./fault.ts";

/** A value of the file, and where it begins. */
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly spot: Spot;
  /** As it is written, without quotes. */
  readonly text: string;
  /** What YAML takes it for, with quotes always a text; an alias has been refused already. */
  readonly type: "text" | "number" | "boolean" | "null" | "alias";
}

export interface ListNode {
  readonly kind: "list";
  readonly spot: Spot;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly kind: "map";
  readonly spot: Spot;
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: ScalarNode;
  readonly value: Node;
}

/** Deeper than any setting: a map, a list in it, a map of path and action, a map of exec, its list of words. */
export const DEPTH_MAX = 8;

/** The tree, or undefined where there is none, and what is not allowed. */
export interface Parsed {
  readonly root: Node | undefined;
  readonly faults: readonly Fault[];
}

const EVENT = {
  document: 1,
  list: 2,
  map: 3,
  scalar: 4,
  alias: 5,
  end: 6,
} as const;
const PLAIN = 1;

/** Reads the text; the first error of its syntax ends it. */
export function parseSource(text: string): Parsed {
  if (text.startsWith("\uFEFF")) {
    return refused(0, "it begins with a byte order mark; save it without one");
  }
  let events: readonly Event[];
  try {
    events = parseEvents(text, { maxDepth: DEPTH_MAX });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    return refused(
      Math.min(mark?.position ?? 0, text.length),
      `it is neither YAML nor JSON here (${reason}); put quotes around a value that has ": " or " #" in it`,
    );
  }
  const documents = events.filter(({ type }) => type === EVENT.document);
  if (documents.length === 0) {
    return refused(0, "it is empty; write {} for no setting");
  }
  const builder = new Builder(text, events);
  const root = builder.document();
  const faults = documents.length > 1
    ? [
      ...builder.faults,
      fault(builder.second(), "a second document begins here; use one"),
    ]
    : builder.faults;
  return { root, faults };
}

const fault = (offset: number, text: string, key = ""): Fault => ({
  spot: { offset },
  key,
  text,
});

const refused = (offset: number, text: string): Parsed => ({
  root: undefined,
  faults: [fault(offset, text)],
});

/** Makes the tree from the events, which come in the order of the text. */
class Builder {
  readonly faults: Fault[] = [];
  readonly #text: string;
  readonly #events: readonly Event[];
  #next = 0;
  /** The end of what was read last: an empty value is there. */
  #end = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  document(): Node {
    this.#next++;
    const root = this.#node("");
    this.#next++;
    return root;
  }

  /** About where the next document begins. */
  second(): number {
    const marker = this.#text.slice(this.#end).search(/^(?:---|\.\.\.)/m);
    return marker < 0 ? this.#end : this.#end + marker;
  }

  #node(key: string): Node {
    const event = this.#events[this.#next++];
    if ("tagStart" in event && event.tagStart >= 0) {
      this.#refuse(
        event.tagStart,
        key,
        "tags are not allowed; write the value alone",
      );
    }
    if ("anchorStart" in event && event.anchorStart >= 0) {
      this.#refuse(
        event.anchorStart - 1,
        key,
        "anchors and aliases are not allowed; write the value out",
      );
    }
    switch (event.type) {
      case EVENT.scalar:
        return this.#scalar(event);
      case EVENT.list:
        return this.#list(event.start, key);
      case EVENT.map:
        return this.#map(event.start, key);
      default:
        return {
          kind: "scalar",
          spot: { offset: this.#end },
          text: "",
          type: "alias",
        };
    }
  }

  #refuse(offset: number, key: string, text: string): void {
    this.faults.push(fault(offset, text, key));
  }

  #scalar(event: Extract<Event, { type: typeof EVENT.scalar }>): ScalarNode {
    const { valueStart, valueEnd, style } = event;
    if (valueStart < 0) {
      return {
        kind: "scalar",
        spot: { offset: this.#end },
        text: "",
        type: "null",
      };
    }
    this.#end = valueEnd;
    const text = getScalarValue(this.#text, event);
    const quoted = style === 2 || style === 3;
    const spot = { offset: quoted ? valueStart - 1 : valueStart };
    return {
      kind: "scalar",
      spot,
      text,
      type: style === PLAIN ? plainType(text) : "text",
    };
  }

  #list(start: number, key: string): ListNode {
    const items: Node[] = [];
    while (!this.#atEnd()) items.push(this.#node(key));
    return { kind: "list", spot: { offset: start }, items };
  }

  #map(start: number, outer: string): MapNode {
    const entries: MapEntry[] = [];
    const firstAt = new Map<string, Spot>();
    while (!this.#atEnd()) {
      const key = this.#node(outer);
      const name = key.kind === "scalar" ? key.text : "";
      const path = outer === "" ? name : `${outer}.${name}`;
      const value = this.#node(path);
      const first = firstAt.get(name);
      if (key.kind !== "scalar") {
        this.#refuse(key.spot.offset, outer, "a key must be a text");
      } else if (name === "<<") {
        this.#refuse(
          key.spot.offset,
          outer,
          "merge keys are not allowed; write the values out",
        );
      } else if (first !== undefined) {
        this.faults.push({
          spot: key.spot,
          key: path,
          text: "it is given twice; keep one",
          first,
        });
      } else {
        firstAt.set(name, key.spot);
        entries.push({ key, value });
      }
    }
    return { kind: "map", spot: { offset: start }, entries };
  }

  /** Takes the event that ends a list or a map, if it is next. */
  #atEnd(): boolean {
    if (this.#events[this.#next].type !== EVENT.end) return false;
    this.#next++;
    return true;
  }
}

const NULL = /^(?:|~|null|Null|NULL)$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const NUMBER =
  /^(?:[-+]?(?:\d+|\.\d+|\d+\.\d*)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\da-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** YAML 1.2, 10.3.2 (the core schema). */
function plainType(text: string): ScalarNode["type"] {
  if (NULL.test(text)) return "null";
  if (BOOLEAN.test(text)) return "boolean";
  return NUMBER.test(text) ? "number" : "text";
}
