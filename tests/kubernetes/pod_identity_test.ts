/** Which pod we are, by the claims of the token, by variables, and by the host. */
import assert from "node:assert/strict";
import { podIdentity } from "../../src/kubernetes/pod_identity.ts";

const UID = "0f2a3b4c-0000-4000-8000-000000000001";

function tokenWith(claims: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  const payload = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  return `e30.${payload}.c2ln`;
}

const bound = (pod: unknown) => tokenWith({ "kubernetes.io": { pod } });

const found = (token?: string, variables: Record<string, string> = {}) =>
  podIdentity(token, (name) => variables[name], "host-1");

Deno.test("pod identity: the claims of a bound token come first, then the variables, then the host", () => {
  const variables = { POD_NAME: "named", POD_UID: "uid-2" };
  assert.deepEqual(found(bound({ name: "web-0", uid: UID }), variables), {
    name: "web-0",
    isTold: true,
    uid: UID,
  });
  for (const token of [undefined, "opaque", tokenWith({}), tokenWith(null)]) {
    assert.deepEqual(found(token, variables), {
      name: "named",
      isTold: true,
      uid: "uid-2",
    });
    assert.deepEqual(found(token), {
      name: "host-1",
      isTold: false,
      uid: undefined,
    });
  }
});

Deno.test("pod identity: claims of any length decode, with characters of base64url", () => {
  for (const name of ["a", "ab", "abc", "abcd"]) {
    const token = tokenWith({
      "kubernetes.io": { pod: { name, uid: UID } },
      aud: "ÿþ?>~",
    });
    assert.equal(found(token).name, name);
  }
});

Deno.test("pod identity: names that no pod has are not taken", () => {
  for (const name of ["", "A", "a\nb", "a_b", "-a", "a".repeat(254), 7, null]) {
    const { name: taken } = found(bound({ name, uid: UID }));
    assert.equal(taken, "host-1", String(name));
  }
  for (const uid of ["", "a b", "a\n", "x".repeat(65), {}]) {
    assert.equal(found(bound({ name: "web-0", uid })).uid, undefined);
  }
});
