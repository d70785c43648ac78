/** What the service depends on, asked one by one. */
import { reasonOf } from "./refusal.ts";

/** Something that can be asked whether it works. */
export interface Dependency {
  readonly name: string;
  check(): Promise<void>;
}

type Check =
  | { readonly status: "ok" }
  | { readonly status: "error"; readonly error: string };

export interface Health {
  readonly status: "ok" | "error";
  readonly timestamp: string;
  readonly checks: Readonly<Record<string, Check>>;
}

const WITHIN_MS = 3_000;

export async function healthOf(
  dependencies: readonly Dependency[],
): Promise<Health> {
  const checks = Object.fromEntries(
    await Promise.all(
      dependencies.map(async (each) =>
        [each.name, await checked(each)] as const
      ),
    ),
  );
  const isOk = Object.values(checks).every(({ status }) => status === "ok");
  return {
    status: isOk ? "ok" : "error",
    timestamp: new Date().toISOString(),
    checks,
  };
}

async function checked(dependency: Dependency): Promise<Check> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${WITHIN_MS / 1_000}s`)),
    WITHIN_MS,
  );
  try {
    await Promise.race([dependency.check(), late.promise]);
    return { status: "ok" };
  } catch (error) {
    return { status: "error", error: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
