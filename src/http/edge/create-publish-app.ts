import type { Context } from 'hono';
import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import type { z } from 'zod';
import { THUMBNAILS } from '../../app/videos/thumbnail-keys.js';
import { AppError } from '../../domain/errors.js';
import type { EdgeCopy } from '../../ports/edge-copy.js';
import type { FailedRequest } from '../guarded-app.js';
import { problemResponse, RequestError } from '../problem.js';
import { publisherOnly } from './publisher-only.js';
import {
  beginBody,
  digestQuery,
  factsBody,
  fileKeysBody,
  fileParam,
  filePartParam,
  heldFilesQuery,
  heldVideosQuery,
  idsBody,
  keysBody,
  partsBody,
  picturesParam,
  pushOf,
  pushQuery,
  writeBody,
} from './push-schema.js';
import { bytesOf, verifiedBody } from './verified-body.js';

export interface PublishDependencies {
  edge: EdgeCopy;
  /** Undefined: nobody may push. */
  pushKey: string | undefined;
  logFault: (fault: unknown, request: FailedRequest) => void;
}

/**
 * What `videre edge push` speaks with: an `EdgeCopy` over HTTP, a route a method, below `/v1/edge`. An app of its own, for
 * who pushes is no reader: the API's keys and limits are not for it.
 */
export function createPublishApp({ edge, pushKey, logFault }: PublishDependencies): Hono {
  const app = new Hono().basePath('/v1/edge');
  app.onError((thrown, context) => {
    const response = problemResponse(context, thrown);
    const { method, path } = context.req;
    if (response.status >= 500) logFault(thrown, { id: context.get('requestId'), method, path });
    return response;
  });
  app.notFound((context) =>
    problemResponse(
      context,
      new AppError('not-found', `There is no ${context.req.method} ${context.req.path}.`),
    ),
  );
  app.use(requestId());
  app.use(publisherOnly(pushKey));
  for (const middleware of verifiedBody()) app.use(middleware);

  app.get('/', async (context) => context.json(await edge.held()));
  app.get('/videos', async (context) => {
    const { model, after } = parsed('query', heldVideosQuery, context.req.query());
    return context.json(await edge.heldVideos(model, after));
  });
  app.get('/files', async (context) => {
    const { kind, after } = parsed('query', heldFilesQuery, context.req.query());
    return context.json(await edge.heldFiles(kind, after));
  });
  app.post('/pushes', async (context) => {
    const { modelFingerprint } = await body(context, beginBody);
    return context.json(await edge.begin(modelFingerprint), 201);
  });
  app.post('/videos', async (context) => {
    await edge.write(push(context), await body(context, writeBody));
    return context.body(null, 204);
  });
  app.post('/videos/remove', async (context) => {
    await edge.removeVideos(push(context), (await body(context, idsBody)).ids);
    return context.body(null, 204);
  });
  app.put('/facts', async (context) => {
    await edge.putFacts(push(context), await body(context, factsBody));
    return context.body(null, 204);
  });
  app.put('/keys', async (context) => {
    const { keys } = await body(context, keysBody);
    await edge.putKeys(
      push(context),
      keys.map((key) => ({
        expiresAtMs: undefined,
        revokedAtMs: undefined,
        lastUsedAtMs: undefined,
        ...key,
      })),
    );
    return context.body(null, 204);
  });
  app.put('/media/:hash', async (context) => {
    const { hash } = parsed('param', fileParam, context.req.param());
    await edge.putFile(push(context), hash, await bytesOf(context));
    return context.body(null, 204);
  });
  app.post('/media/:hash/parts', async (context) => {
    const { hash } = parsed('param', fileParam, context.req.param());
    const parts = await edge.beginFile(push(context), hash);
    return context.json({ parts: parts.map(({ part, sha256 }) => ({ part, sha256 })) });
  });
  app.put('/media/:hash/parts/:part', async (context) => {
    const { hash, part } = parsed('param', filePartParam, context.req.param());
    const { sha256 } = parsed('query', digestQuery, context.req.query());
    await edge.putFilePart(push(context), hash, { part, sha256 }, await bytesOf(context));
    return context.body(null, 204);
  });
  app.post('/media/:hash/complete', async (context) => {
    const { hash } = parsed('param', fileParam, context.req.param());
    await edge.completeFile(push(context), hash, (await body(context, partsBody)).parts);
    return context.body(null, 204);
  });
  app.delete('/media/:hash/parts', async (context) => {
    const { hash } = parsed('param', fileParam, context.req.param());
    await edge.abandonFile(push(context), hash);
    return context.body(null, 204);
  });
  app.put('/pictures/:video/:plan', async (context) => {
    const { video, plan } = parsed('param', picturesParam, context.req.param());
    const { sha256 } = parsed('query', digestQuery, context.req.query());
    await edge.putPictures(push(context), `${THUMBNAILS}${video}/${plan}`, await bytesOf(context), sha256);
    return context.body(null, 204);
  });
  app.post('/files/remove', async (context) => {
    await edge.removeFiles(push(context), (await body(context, fileKeysBody)).keys);
    return context.body(null, 204);
  });
  app.post('/tidy', async (context) => context.json({ more: await edge.tidy(push(context)) }));
  return app;
}

function push(context: Context) {
  return pushOf(parsed('query', pushQuery, context.req.query()));
}

async function body<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.output<Schema>> {
  const text = new TextDecoder().decode(await bytesOf(context));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid-input', 'The body of the request is no JSON.', { cause });
  }
  return parsed('json', schema, value);
}

/** @throws RequestError naming what does not fit. */
function parsed<Schema extends z.ZodType>(part: string, schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new RequestError(part, result.error);
  return result.data;
}
