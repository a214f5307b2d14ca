import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.js';
import { colourService } from '../support/colour-service.js';
import { expectCommitted } from '../support/committed-text.js';

interface Operation {
  summary?: string;
  operationId: string;
  security?: Record<string, string[]>[];
  responses: Record<string, { content?: Record<string, unknown>; $ref?: string }>;
}

interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

async function openApiDocument(): Promise<OpenApiDocument> {
  const { app } = await colourService({ version: VERSION });
  const response = await app.request('/openapi.json');
  return (await response.json()) as OpenApiDocument;
}

function operations(document: OpenApiDocument) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  );
}

describe('the OpenAPI document', () => {
  it('is as committed in docs/openapi.json (npm run docs writes it anew)', async () => {
    await expectCommitted('docs/openapi.json', `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
  });

  it('is valid OpenAPI 3.1 to a validator that is not ours', async () => {
    const validator = new Validator();
    const result = await validator.validate({ ...(await openApiDocument()) });
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('says of every operation what it does and who may call it', async () => {
    const document = await openApiDocument();
    const all = operations(document);
    expect(all.length).toBeGreaterThan(5);
    expect(new Set(all.map(({ operation }) => operation.operationId)).size).toBe(all.length);
    expect(all.filter(({ operation }) => !operation.summary).map(({ name }) => name)).toEqual([]);
    expect(all.filter(({ operation }) => operation.security === undefined).map(({ name }) => name)).toEqual(
      [],
    );
  });

  it('answers every refusal with a problem', async () => {
    const document = await openApiDocument();
    const wrong = operations(document).flatMap(({ name, operation }) =>
      Object.entries(operation.responses)
        .filter(([status]) => Number(status) >= 400)
        .filter(([, { content }]) => content !== undefined && !('application/problem+json' in content))
        .map(([status]) => `${name} ${status}`),
    );
    // Whether the service is ready is a state to read, and no refusal.
    expect(wrong).toEqual(['get /readyz 503']);
  });
});
