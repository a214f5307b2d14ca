import { z } from '@hono/zod-openapi';
import type { ListedVideo, VideoPage } from '../../ports/catalog.js';
import { nextPage } from '../paging.js';

export const jsonObject = z.record(z.string(), z.unknown());

export const videoSchema = z
  .object({
    id: z.string(),
    status: z.enum(['processing', 'ready', 'failed']).openapi({
      description:
        '`processing`: its clips are being made; `ready`: it can be found; `failed`: its job says why.',
    }),
    title: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    metadata: jsonObject.openapi({ description: 'Whatever you keep beside the video.' }),
    path: z.string().openapi({
      description:
        'Where it came from: the path of a file on the server, the name of an upload, or an address.',
    }),
    stored: z.boolean().openapi({ description: 'Whether the library has its own copy of the file.' }),
    contentHash: z.string().openapi({ description: 'Hex SHA-256 of the file.' }),
    sizeBytes: z.int(),
    container: z.string().nullable().openapi({ description: 'Null, as all facts, until the file was read.' }),
    codec: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    durationSeconds: z.number().nullable(),
    frameCount: z.int().nullable(),
    clipCount: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi('Video');

export type VideoBody = z.infer<typeof videoSchema>;

export const videoPageSchema = z
  .object({
    videos: z.array(videoSchema).openapi({ description: 'Newest first.' }),
    ...nextPage,
  })
  .openapi('VideoPage');

/** A video as the API tells it. */
export function videoBody(video: ListedVideo): VideoBody {
  const { sourcePath, blobKey, createdAtMs, updatedAtMs, revision: _, ...rest } = video;
  return {
    ...rest,
    path: sourcePath,
    stored: blobKey !== null,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
  };
}

export function videoPageBody({ videos, nextCursor }: VideoPage): z.infer<typeof videoPageSchema> {
  return { videos: videos.map(videoBody), ...(nextCursor === undefined ? {} : { nextCursor }) };
}
