/** The mounted files of a service account. */
import assert from "node:assert/strict";
import { ServiceAccount } from "../../../src/kubernetes/api/service_account.ts";
import { tempDirectory } from "../../host/temp.ts";

Deno.test("service account: the namespace, and what is none", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  const account = new ServiceAccount(path);
  assert.throws(() => account.namespace(), /namespace cannot be read: it does/);
  Deno.writeTextFileSync(`${path}/namespace`, "web-1\n");
  assert.equal(account.namespace(), "web-1");
  for (const text of ["", "../kube-system", "a/b", "A", "a".repeat(64)]) {
    Deno.writeTextFileSync(`${path}/namespace`, text);
    assert.throws(() => account.namespace(), /holds no name of a namespace$/);
  }
});

Deno.test("service account: a file that is replaced is read anew, and a token keeps no line end", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  const account = new ServiceAccount(path);
  for (const token of ["one", "two"]) {
    Deno.writeTextFileSync(`${path}/next`, `${token}\n`);
    Deno.renameSync(`${path}/next`, `${path}/token`);
    assert.equal(account.token(), token);
  }
  Deno.writeTextFileSync(`${path}/token`, "x".repeat(40_000));
  assert.throws(() => account.token(), /token cannot be read: it is over/);
});

Deno.test("service account: the default is where the kubelet mounts it", () => {
  assert.equal(
    new ServiceAccount().tokenFile,
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
  );
});
