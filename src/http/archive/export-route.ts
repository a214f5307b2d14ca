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
    'A tar file, as `videre export` writes it and `videre import` takes it: the library as it is when the request comes. An ' +
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
  openSnapshot: () => LibrarySnapshot;
}

export function addExportRoute(app: OpenAPIHono, { version, blobs, openSnapshot }: ExportRouteDependencies) {
  return app.openapi(route, (context) => {
    const media = context.req.valid('query').media === 'true';
    const snapshot = openSnapshot();
    const archive = exportLibrary(snapshot, blobs, { media, version, signal: context.req.raw.signal });
    const body = ReadableStream.from(closingAfter(archive, snapshot)) as ReadableStream<Uint8Array>;
    return context.body(body, 200, {
      'content-type': 'application/x-tar',
      'content-disposition': 'attachment; filename="videre-library.tar"',
    });
  });
}

/** A client that leaves in the middle ends the generator too. */
async function* closingAfter(
  archive: AsyncIterable<Uint8Array>,
  snapshot: LibrarySnapshot,
): AsyncGenerator<Uint8Array> {
  try {
    yield* archive;
  } finally {
    await snapshot.close();
  }
}
