/** README.txt names what is there, and nothing in it looks like a secret. */
import { doesNotMatch, equal, match } from "node:assert/strict";
import { createRedaction } from "../../src/core/notation/redaction.ts";
import { readme } from "../../src/diagnose/readme.ts";

const collect = () => {};
const TEXT = readme(
  [
    { what: "a", files: { "a.txt": "tells a" }, collect },
    { what: "b", files: { "folder/": "tells b" }, collect },
  ],
  {
    version: "1.2.3",
    at: new Date(0),
    address: "unix:/run/x.sock",
    incomplete: 1,
    isThere: (name) => name !== "a.txt",
  },
);

Deno.test("the text names what is there, and what is not complete", () => {
  match(TEXT, /^folder\/ {5}tells b$/m);
  match(TEXT, /^errors\.txt {2}what could not/m);
  doesNotMatch(TEXT, /tells a/);
  match(TEXT, /^1 of 2 parts are not complete$/m);
  match(TEXT, /1970-01-01T00:00:00\.000Z by version 1\.2\.3/);
});

Deno.test("the text passes through the redaction as it is", () => {
  equal(createRedaction().text(TEXT), TEXT);
});
