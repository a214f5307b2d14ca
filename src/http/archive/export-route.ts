import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { exportLibrary } from '../../app/archive/export-library.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { LibrarySnapshot } from '../../ports/library-transfer.js';
import { requires } from '../access/requires.js';
import { problem } from '../responses.js';

const route = createRoute({
  method: 'get',
  path: '/v1/export',
  tags: ['Library'],
  summary: 'The whole library as one archive',
  description:
    'A tar file, as `videre export` writes it and `videre import` takes it: the library as it is when the answer begins. An ' +
    'archive that ends without its manifest is not whole; an import refuses it.',
  security: requires('admin'),
  request: {
    query: z.object({
      media: z
        .enum(['true', 'false'])
        .default('false')
        .openapi({ description: "Whether the videos' files go along." }),
    }),
  },
  responses: {
    200: {
      description: 'The archive.',
      content: { 'application/x-tar': { schema: { type: 'string' as const, format: 'binary' } } },
    },
    400: problem('The request is not valid.'),
  },
});

export interface ExportRouteDependencies {
  version: string;
  blobs: BlobStore;
  openSnapshot: () => LibrarySnapshot | Promise<LibrarySnapshot>;
}

export function addExportRoute(app: OpenAPIHono, dependencies: ExportRouteDependencies) {
  return app.openapi(route, (context) => {
    const media = context.req.valid('query').media === 'true';
    const archive = archiveOf(dependencies, media, context.req.raw.signal);
    return context.body(ReadableStream.from(archive) as ReadableStream<Uint8Array>, 200, {
      'content-type': 'application/x-tar',
      'content-disposition': 'attachment; filename="videre-library.tar"',
    });
  });
}

/** The snapshot is opened by who begins to read, so that it is closed however that ends: an answer may never be read. */
async function* archiveOf(
  { version, blobs, openSnapshot }: ExportRouteDependencies,
  media: boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const snapshot = await openSnapshot();
  try {
    yield* exportLibrary(snapshot, blobs, { media, version, signal });
  } finally {
    await snapshot.close();
  }
}
