/** What is answered about the fleet of a manager, and to whoever clears what it has refused. */
import type { ClearedRefusals } from "../vocabulary/fleet.ts";
import {
  type Answer,
  crowded,
  json,
  objected,
  type WholeAnswer,
} from "../server/answer.ts";
import { contentFrom, switchesFrom } from "./command_body.ts";
import type { Control } from "./control.ts";
import type { Request } from "../server/handler.ts";

const noFleet = () =>
  objected(
    "no_fleet",
    "This manager takes turns with no others: it runs without --fleet",
  );

export function fleetShown(
  { head, reserve }: Request,
  control: Control,
): Answer {
  switchesFrom(head.query, []);
  const { fleet } = control;
  if (fleet === undefined) return noFleet();
  if (!reserve()) return crowded();
  const answer = fleet.look().then((status) => json(200, status));
  return { kind: "later", answer };
}

export function fleetCleared(
  { head, body, reserve }: Request,
  { fleet }: Control,
): Answer {
  switchesFrom(head.query, []);
  const content = contentFrom(body);
  if (fleet === undefined) return noFleet();
  if (!reserve()) return crowded();
  const answer = fleet.clear(content).then(
    (cleared) => clearedOr(cleared, content),
    (error) =>
      objected("unreachable", `The fleet cannot be asked: ${error.message}`),
  );
  return { kind: "later", answer };
}

function clearedOr(
  { kind, contents }: ClearedRefusals,
  asked = "",
): WholeAnswer {
  switch (kind) {
    case "cleared":
      return json(200, { status: "cleared", contents });
    case "unknown":
      return objected(
        "unknown",
        `The fleet has refused no content ${asked}; flush-manager fleet shows what it has`,
      );
    case "ambiguous":
      return objected(
        "ambiguous",
        `The fleet has refused several contents ${asked}...; give more of the name`,
      );
  }
}
