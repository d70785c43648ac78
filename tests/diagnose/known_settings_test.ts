/** What is known of the settings, from the manager or from the environment. */
import { deepEqual } from "node:assert/strict";
import { shownSettings } from "../../src/control/status/shown_settings.ts";
import {
  NOTHING_KNOWN,
  seenFrom,
  settingsKnownFrom,
  settingsKnownFromAnswer,
} from "../../src/diagnose/known_settings.ts";
import { settingsOf } from "../manager/settings.ts";

Deno.test("an answer tells the same as the settings that it was made of", () => {
  const settings = settingsOf(
    "--config=/a",
    "--config=/b=none",
    "--snapshot-dir=/copies",
    "--env-file=/file",
    "--env-dir=/directory",
    "--control-token-file=/run/place",
  );
  const known = settingsKnownFrom(settings);
  deepEqual(known, {
    paths: ["/a", "/b", "/file", "/directory", "/copies"],
    environmentSources: [
      { kind: "file", path: "/file" },
      { kind: "directory", path: "/directory" },
    ],
    tokenFile: "/run/place",
  });
  const answer = JSON.stringify(shownSettings(settings));
  deepEqual(settingsKnownFromAnswer(answer), known);
});

Deno.test("relative paths begin in the manager's working directory, or in ours where that is not known", () => {
  const known = settingsKnownFrom(settingsOf(
    "--config=a/b",
    "--config=/c",
    "--env-file=file",
    "--control-token-file=token",
  ));
  for (const [directory, from] of [["/of", "/of"], [undefined, Deno.cwd()]]) {
    deepEqual(seenFrom(directory, known), {
      paths: [`${from}/a/b`, "/c", `${from}/file`],
      environmentSources: [{ kind: "file", path: `${from}/file` }],
      tokenFile: `${from}/token`,
    });
  }
  deepEqual(seenFrom("/of", NOTHING_KNOWN), NOTHING_KNOWN);
});

Deno.test("an answer of something else tells nothing", () => {
  for (const body of ["", "[]", "null", '{"configs":[1,null,{"path":2}]}']) {
    deepEqual(settingsKnownFromAnswer(body), NOTHING_KNOWN, body);
  }
});
