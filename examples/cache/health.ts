/** `/health`: whether the servers answer, and whether the service can work. */
import { messageOf } from "./faults.ts";

/** A server and whether the service can do without it for a while. */
export interface Check {
  readonly isNeeded: boolean;
  readonly ask: () => Promise<void>;
}

/** 503 when a server that is needed does not answer. */
export async function health(
  checks: Readonly<Record<string, Check>>,
): Promise<Response> {
  let status = "healthy";
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, { isNeeded, ask }]) => {
      const begin = performance.now();
      try {
        await ask();
        const latency_ms = Math.round(performance.now() - begin);
        return [name, { status: "healthy", latency_ms }] as const;
      } catch (error) {
        if (isNeeded) status = "unhealthy";
        else if (status === "healthy") status = "degraded";
        return [name, {
          status: "unhealthy",
          error: messageOf(error),
        }] as const;
      }
    }),
  );
  return Response.json(
    { status, checks: Object.fromEntries(answers) },
    { status: status === "unhealthy" ? 503 : 200 },
  );
}
