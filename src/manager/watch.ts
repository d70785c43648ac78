/** Watches for changes once the child runs. */
import type { App } from "./loop.ts";
import { configNeverUpdates } from "../core/text/watching.ts";
import { isMountedFile } from "../host/files/mount.ts";
import { createWatcher, type WatcherOptions } from "../host/watch/watcher.ts";

/**
 * Starts to watch, unless all is over. With every poll `reapAll` is called:
 * SIGCHLD, too, is only a hint, and one that was lost must not matter.
 */
export async function watch(
  app: App,
  watched: Omit<WatcherOptions, "onHint">,
  reapAll: () => void,
): Promise<void> {
  const { configs, pollIntervalMs, log } = watched;
  for (const { path } of configs) {
    if (isMountedFile(path)) log(configNeverUpdates(path));
  }
  if (app.model.state.kind === "done") return;
  const onHint: WatcherOptions["onHint"] = (cause) => {
    if (cause === "poll") reapAll();
    app.dispatch({ kind: "hint", cause });
  };
  await createWatcher({ ...watched, onHint }).start();
  if (configs.length === 0) setInterval(reapAll, pollIntervalMs);
}
