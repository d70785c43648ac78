/**
 * What went wrong with a server, in the words of the guide's table of errors.
 * Must not know what was asked of the server.
 */
import { deadline } from "@std/async/deadline";
import { JetStreamApiError } from "@nats-io/jetstream";
import postgres from "postgres";
import { Refusal } from "./settings.ts";

/** The answer; throws when it takes longer, with a message that says so. */
export const within = <T>(ms: number, answer: Promise<T>): Promise<T> =>
  deadline(answer, ms);

/** Classes of SQLSTATE that speak of the server: connection, resources, operator, system. */
const SERVER_CLASSES = ["08", "28", "3D", "53", "57", "58"];

/** Whether PostgreSQL refuses this content, whoever asks and whenever. */
export function isRefusedContent(error: unknown): boolean {
  return error instanceof postgres.PostgresError &&
    !SERVER_CLASSES.includes(error.code.slice(0, 2)) &&
    !isConflict(error);
}

/** Two transactions came in each other's way: the same again will do. */
const isConflict = (error: postgres.PostgresError) =>
  error.code.startsWith("40") || error.code.startsWith("55");

export function messageOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof AggregateError && error.message === "") {
    return messageOf(error.errors[0]);
  }
  if (error instanceof postgres.PostgresError) return `pq: ${error.message}`;
  if (error instanceof JetStreamApiError) return `nats: ${error.message}`;
  const text = error instanceof Error ? error.message : String(error);
  if (/ECONNREFUSED|Connection refused/i.test(text)) {
    return "connection refused";
  }
  if (text.includes("NOAUTH")) return "NOAUTH Authentication required";
  if (/timed? ?out|CONNECT_TIMEOUT/i.test(text)) {
    return "context deadline exceeded";
  }
  return text;
}
