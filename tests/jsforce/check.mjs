// jsforce, which is nobody's own code here, works with the sandbox's Salesforce as with the real one.
import assert from "node:assert/strict";
import test from "node:test";

import { Connection, OAuth2 } from "jsforce";

const { SALESFORCE_URL: url, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = process.env;
const redirectUri = "http://localhost/callback";
const oauth2 = new OAuth2({ loginUrl: url, clientId, clientSecret, redirectUri });

async function approve(address) {
  const answer = await fetch(`${address}&sandbox_user=sam@example.com&decision=allow`, { redirect: "manual" });
  return new URL(answer.headers.get("location")).searchParams.get("code");
}

async function signIn() {
  const connection = new Connection({ oauth2, instanceUrl: url, version: "62.0" });
  await connection.authorize(await approve(oauth2.getAuthorizationUrl({ scope: "api refresh_token" })));
  return connection;
}

test("a user signs in by the authorize page, and the identity is told", async () => {
  const connection = await signIn();
  const identity = await connection.identity();
  assert.equal(identity.email, "sam@example.com");
  assert.ok(connection.refreshToken);
});

test("an expired session is renewed with the refresh token", async () => {
  const connection = await signIn();
  connection.accessToken = "expired";
  const renewed = new Promise((resolve) => connection.once("refresh", resolve));
  assert.ok((await connection.query("SELECT Id FROM User LIMIT 1")).records.length);
  assert.ok(await renewed);
});

test("records are described, made, found, changed and deleted", async () => {
  const connection = await signIn();
  const { fields } = await connection.sobject("Task").describe();
  assert.ok(fields.some((field) => field.name === "Subject" && field.length === 255));
  const made = await connection.sobject("Task").create({ Subject: "From jsforce", Status: "Not Started" });
  assert.ok(made.success);
  const [found] = await connection.sobject("Task").find({ Id: made.id }, ["Id", "Subject", "IsClosed"]);
  assert.deepEqual([found.Subject, found.IsClosed], ["From jsforce", false]);
  assert.ok((await connection.sobject("Task").update({ Id: made.id, Status: "Completed" })).success);
  assert.equal((await connection.sobject("Task").retrieve(made.id)).IsClosed, true);
  assert.ok((await connection.sobject("Task").destroy(made.id)).success);
  await assert.rejects(connection.sobject("Task").retrieve(made.id), { errorCode: /ENTITY_IS_DELETED|NOT_FOUND/ });
});

test("a collection tells of each row, and one bad row harms no other", async () => {
  const connection = await signIn();
  const results = await connection.sobject("Task").create([
    { Subject: "Good" },
    { Subject: "x".repeat(300) },
    { Subject: "Good, too" },
  ]);
  assert.deepEqual(results.map((one) => one.success), [true, false, true]);
  assert.equal(results[1].errors[0].statusCode ?? results[1].errors[0].errorCode, "STRING_TOO_LONG");
});

test("a query leads through all its pages", async () => {
  const connection = await signIn();
  const all = await connection.query("SELECT Id FROM Contact", { autoFetch: true, maxFetch: 100000 });
  assert.equal(all.records.length, all.totalSize);
  assert.ok(all.totalSize > 0);
});

test("the usage of the API is told with each answer", async () => {
  const connection = await signIn();
  await connection.query("SELECT Id FROM User LIMIT 1");
  assert.ok(connection.limitInfo.apiUsage.limit > 0);
});
