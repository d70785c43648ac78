/** What all subcommands have at hand, and what they do with an answer that is none of theirs. */
import type { ClientCall } from "../cli/client_call.ts";
import { oneLine } from "../core/notation/one_line.ts";
import { commandAnswerFrom } from "./answer/answers.ts";
import type { Answer, Connection } from "./connection.ts";
import { NoAnswer, NOT_OURS } from "./no_answer.ts";
import type { Terminal } from "./terminal.ts";

export interface Exchange {
  readonly call: ClientCall & { readonly output: "text" | "json" };
  readonly connection: Connection;
  readonly terminal: Terminal;
  /** Aborted when the user or the system ends this. */
  readonly interrupted: AbortSignal;
}

/** Of an answer that does not tell what was asked: why, as what to throw. */
export function refusedBy(
  { call: { address, tokenFile } }: {
    readonly call: Pick<ClientCall, "address" | "tokenFile">;
  },
  { status, body }: Answer,
): NoAnswer {
  const message = commandAnswerFrom(body)?.message;
  if (message === undefined) return new NoAnswer(address, NOT_OURS);
  const hint = status === 401 && tokenFile === undefined
    ? "; name the file of the token with --token-file"
    : "";
  return new NoAnswer(address, `${oneLine(message)}${hint}`);
}
