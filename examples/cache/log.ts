/** The log: an object or a line of text for each thing that happened. */
import type { Settings } from "./settings.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];
export type Fields = Readonly<Record<string, string | number | boolean>>;

export class Log {
  readonly #service: string;
  readonly #least: number;
  readonly #isText: boolean;

  constructor(
    service: string,
    settings: Pick<Settings, "LOG_LEVEL" | "LOG_FORMAT">,
  ) {
    this.#service = service;
    this.#least = LEVELS.indexOf(settings.LOG_LEVEL);
    this.#isText = settings.LOG_FORMAT === "text";
  }

  debug = (message: string, fields: Fields = {}) =>
    this.#write("debug", message, fields);
  info = (message: string, fields: Fields = {}) =>
    this.#write("info", message, fields);
  warn = (message: string, fields: Fields = {}) =>
    this.#write("warn", message, fields);
  error = (message: string, fields: Fields = {}) =>
    this.#write("error", message, fields);

  #write(level: Level, message: string, fields: Fields): void {
    if (LEVELS.indexOf(level) < this.#least) return;
    const time = new Date().toISOString();
    if (!this.#isText) {
      const service = this.#service;
      console.log(JSON.stringify({ level, time, service, message, ...fields }));
      return;
    }
    const rest = Object.entries(fields)
      .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join("");
    console.log(`${time} ${level.toUpperCase()} ${message}${rest}`);
  }
}
