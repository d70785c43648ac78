/**
 * The JSON Schema of the settings file, made from the table of options: what an
 * editor needs to complete keys, to show what they are for, and to mark most
 * mistakes. The rest is the option's own parser to refuse.
 */
import {
  isName,
  isSwitch,
  type OptionName,
  optionOf,
} from "../src/cli/options.ts";
import { UNITS } from "../src/core/notation/duration.ts";
import { KEYS } from "../src/cli/settings_file/read_settings.ts";
import { ACTION_KEYS } from "../src/cli/values/action.ts";
import { TLS_KEYS } from "../src/cli/values/http_target.ts";

type Schema = Readonly<Record<string, unknown>>;

/** docs/settings.schema.json as it has to be. */
export function settingsSchemaText(): string {
  return `${JSON.stringify(settingsSchema(), undefined, 2)}\n`;
}

function settingsSchema(): Schema {
  const properties = KEYS.map((
    key,
  ): [string, Schema] => [key, propertyOf(key)]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings file of flush-manager",
    description:
      "Read with --settings FILE or FLUSH_MANAGER_SETTINGS; options and variables win over it.",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(properties),
    $defs: { words: WORDS, tagged: TAGGED },
  };
}

function propertyOf(key: string): Schema {
  if (key === "$schema") {
    return {
      type: ["string", "number"],
      description: "where this schema is, for editors",
    };
  }
  if (key === "hold") {
    return {
      description: "hold changes back; a text is the reason",
      default: false,
      anyOf: [{ type: "boolean" }, { type: "string", minLength: 1 }],
    };
  }
  if (!isName(key)) {
    return {
      description: "the arguments of the command",
      type: "array",
      items: { type: ["string", "number"] },
    };
  }
  const { help, defaultText } = optionOf(key);
  return {
    description: help,
    ...defaultText === undefined
      ? {}
      : { default: defaultOf(key, defaultText) },
    ...valueOf(key),
  };
}

const defaultOf = (name: OptionName, text: string) =>
  isSwitch(name) ? text === "true" : text;

/** What a command is written as, besides one text. */
const WORDS: Schema = {
  type: "array",
  minItems: 1,
  items: { type: ["string", "number"] },
};

const COMMAND: Schema = {
  anyOf: [{ type: "string", minLength: 1 }, { $ref: "#/$defs/words" }],
};

/** An action or a probe: one text, or a map of one key; beside `http`, the options that follow its URL are keys, too. */
const TAGGED: Schema = {
  anyOf: [
    { type: "string", minLength: 1 },
    {
      type: "object",
      minProperties: 1,
      maxProperties: 1,
      properties: { exec: COMMAND },
      additionalProperties: { type: ["string", "number"] },
    },
    {
      type: "object",
      required: ["http"],
      additionalProperties: false,
      properties: Object.fromEntries(
        ["http", ...TLS_KEYS, ...ACTION_KEYS].map((key) => [
          key,
          { type: ["string", "number"] },
        ]),
      ),
    },
  ],
};

const PATH: Schema = {
  anyOf: [
    { type: "string" },
    {
      type: "object",
      additionalProperties: false,
      required: ["path"],
      properties: {
        path: { type: "string", minLength: 1 },
        action: { $ref: "#/$defs/tagged" },
      },
    },
  ],
};

function valueOf(name: OptionName): Schema {
  const { separator } = optionOf(name);
  const map = mapOf(name);
  if (map !== undefined) return map;
  const one = oneOf(name);
  return separator === undefined
    ? one
    : { anyOf: [one, { type: "array", items: one }] };
}

function mapOf(name: OptionName): Schema | undefined {
  const object = (additionalProperties: Schema) => ({
    type: "object",
    additionalProperties,
  });
  switch (optionOf(name).written) {
    case "variables":
      return object({ type: ["string", "number", "boolean"] });
    case "signals":
      return object({ type: ["string", "number"] });
    case "probes":
      return object({ $ref: "#/$defs/tagged" });
    default:
      return undefined;
  }
}

function oneOf(name: OptionName): Schema {
  const { parse, metavar, written } = optionOf(name);
  if (isSwitch(name)) return { type: "boolean" };
  if (parse.words !== undefined) return { enum: parse.words };
  switch (written) {
    case "argv":
      return COMMAND;
    case "tagged":
      return { $ref: "#/$defs/tagged" };
    case "path":
      return PATH;
    case "number":
      return { type: ["string", "integer"] };
  }
  if (metavar === "DURATION") return durationOf(name);
  return takes(name, "")
    ? { type: "string" }
    : { type: "string", minLength: 1 };
}

/** Of the texts that are no duration, only what its parser takes. */
function durationOf(name: OptionName): Schema {
  const others = ["auto"].filter((word) => takes(name, word));
  const pattern = `^(?:${
    [
      "0",
      ...others,
      `(?:\\d+(?:\\.\\d+)?(?:${UNITS.join("|")}) ?)+(?<! )`,
    ].join("|")
  })$`;
  const text = { type: "string", pattern };
  return takes(name, "0") ? { anyOf: [text, { const: 0 }] } : text;
}

function takes(name: OptionName, text: string): boolean {
  try {
    optionOf(name).parse(text);
    return true;
  } catch {
    return false;
  }
}
