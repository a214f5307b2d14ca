import { expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../src/domain/error-catalogue.js';
import { expectCommitted } from '../support/committed-text.js';

const HEAD = `# Errors

Every refusal has a stable code. Over HTTP it comes as problem details (RFC 9457, \`application/problem+json\`):

\`\`\`json
{
  "type": "urn:videre:error:invalid-input",
  "title": "Invalid input",
  "status": 400,
  "code": "invalid-input",
  "detail": "The request is not valid. json.limit: Too big: expected number to be <=1000.",
  "hint": "What to do next, in one sentence.",
  "issues": [{ "path": "json.limit", "message": "Too big: expected number to be <=1000" }],
  "requestId": "0b5f6a1e-8a55-4c1b-9a35-0f0c8f3a2f11"
}
\`\`\`

Decide by \`code\`; \`detail\` and \`hint\` are for people and may change. \`requestId\` is in the header \`X-Request-Id\` of every
answer, and in the log. On the command line the sentence goes to standard error (with \`--json\` as
\`{"error": {"code", "message", "hint", "details"}}\` to standard output), and the exit code says what kind it was. Where
trying again may help, a 429 or 503 has \`Retry-After\`.

This page is made from the catalogue in \`src/domain/error-catalogue.ts\` by \`npm run docs\`.

| code | HTTP | exit | again? | what it means |
|---|---|---|---|---|
`;

it('docs/errors.md lists every code of the catalogue', async () => {
  const rows = Object.entries(ERROR_CATALOGUE).map(
    ([code, { status, exitCode, retryable, meaning }]) =>
      `| \`${code}\` | ${status} | ${exitCode} | ${retryable ? 'yes' : 'no'} | ${meaning} |\n`,
  );
  await expectCommitted('docs/errors.md', HEAD + rows.join(''));
});

it('every code is a word of its own kind, with a status and an exit code that mean failure', () => {
  for (const [code, { status, exitCode, meaning }] of Object.entries(ERROR_CATALOGUE)) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(exitCode).toBeGreaterThan(0);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  }
});
