import { z } from '@hono/zod-openapi';
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY_LENGTH, MAX_WEIGHT } from '../../app/search/search-request.js';
import { base64Schema } from '../base64-schema.js';

const MAX_FILTERED_VIDEOS = 1000;
const MAX_TAGS = 50;

const seconds = z.number().min(0);
const weight = z.number().min(-MAX_WEIGHT).max(MAX_WEIGHT).optional();

const stretch = z
  .strictObject({
    videoId: z.string().min(1).max(100),
    startSeconds: seconds.optional().openapi({ description: 'The start of the video if left out.' }),
    endSeconds: seconds.optional().openapi({ description: 'The end of the video if left out.' }),
  })
  .refine(({ startSeconds = 0, endSeconds = Number.POSITIVE_INFINITY }) => startSeconds < endSeconds, {
    message: 'must end after it starts',
    path: ['endSeconds'],
  })
  .openapi('Stretch');

const filter = z
  .strictObject({
    videoIds: z.array(z.string().min(1).max(100)).max(MAX_FILTERED_VIDEOS).optional(),
    tags: z
      .array(z.string().min(1).max(200))
      .max(MAX_TAGS)
      .optional()
      .openapi({ description: 'Videos that have all of them.' }),
    titleContains: z.string().min(1).max(500).optional().openapi({ description: 'In any case.' }),
    minDurationSeconds: seconds.optional(),
    maxDurationSeconds: seconds.optional(),
    createdFrom: z.iso.datetime({ offset: true }).optional(),
    createdBefore: z.iso.datetime({ offset: true }).optional(),
  })
  .openapi('SearchFilter');

export const searchRequestSchema = z
  .strictObject({
    query: z.string().trim().min(1).max(MAX_QUERY_LENGTH).optional().openapi({
      description: 'What the video shows, in plain words.',
      example: 'a red car turns left',
    }),
    image: base64Schema.optional().openapi({
      description:
        'A picture as base64: PNG, JPEG, WebP, AVIF or GIF. It is looked at as a clip that stands still.',
    }),
    clip: stretch
      .optional()
      .openapi({ description: 'A stretch of a video of the library: what is like it?' }),
    vector: z
      .union([z.array(z.number()).min(1).max(8192), base64Schema])
      .optional()
      .openapi({
        description: 'A vector of the library’s model, as numbers or as base64 of little-endian float32.',
      }),
    weights: z
      .strictObject({ query: weight, image: weight, clip: weight, vector: weight })
      .optional()
      .openapi({
        description: 'How much each part of a mixed query counts; 1 if left out, below 0 to look away.',
      }),
    filter: filter.optional(),
    groupBy: z.enum(['clip', 'video']).default('clip').openapi({
      description: '`clip`: every moment. `video`: the best moment of each video.',
    }),
    limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
    cursor: z.string().max(500).optional().openapi({ description: '`nextCursor` of the page before.' }),
    exact: z.boolean().default(false).openapi({
      description: 'Compare with every clip instead of asking the approximate index.',
    }),
    rerank: z.boolean().default(false).openapi({
      description:
        'Let the model read the words and look at the frames of the best moments together: seconds, not milliseconds.',
    }),
    hybrid: z.boolean().default(false).openapi({
      description: 'Look for the words in titles, tags, descriptions and captions as well; ranks are fused.',
    }),
    explain: z.boolean().default(false).openapi({ description: 'Say how the answer came about.' }),
  })
  .openapi('SearchRequest');

export type SearchBody = z.infer<typeof searchRequestSchema>;

export const momentSchema = z
  .object({
    clipId: z.int(),
    videoId: z.string(),
    title: z.string(),
    path: z.string().openapi({ description: 'Where the file was when it was ingested, or its name.' }),
    startSeconds: z.number(),
    endSeconds: z.number(),
    score: z.number().openapi({
      description:
        'Inner product of the query’s and the clip’s vector, between -1 and 1; higher is better. Compare scores of one query only.',
    }),
    relevance: z.number().min(0).max(1).nullable().openapi({
      description:
        'Share of unrelated texts whose best score in this library is lower: comparable between queries. Null for queries that are more than a text.',
    }),
    matchScore: z.number().optional().openapi({ description: 'What the re-ranker says; higher is better.' }),
    thumbnail: z.string().openapi({ description: 'A picture from the middle of the moment.' }),
    frameTimes: z.array(z.number()).nullable().optional().openapi({
      description:
        'With `explain`: seconds of the frames the model looked at; null when the file is gone, and after the first hundred results.',
    }),
  })
  .openapi('Moment');

const milliseconds = z.number().optional();

export const searchResponseSchema = z
  .object({
    query: z.string().optional(),
    results: z.array(momentSchema).openapi({ description: 'Best first.' }),
    noGoodMatch: z.boolean().openapi({
      description:
        'True when the best result is no nearer than what unrelated texts find; the nearest are listed all the same.',
    }),
    nextCursor: z.string().optional().openapi({ description: 'Absent on the last page.' }),
    explanation: z
      .object({
        method: z.enum(['approximate', 'exact', 'exact-among-filtered']).openapi({
          description:
            'How clips were compared. A filter that few clips pass makes comparing with all of them cheap.',
        }),
        model: z.object({ name: z.string(), fingerprint: z.string() }),
        clipsSearched: z.int(),
        milliseconds: z.object({
          encode: milliseconds,
          find: milliseconds,
          words: milliseconds,
          rerank: milliseconds,
          relevance: milliseconds,
          total: z.number(),
        }),
      })
      .optional()
      .openapi({ description: 'With `explain`.' }),
  })
  .openapi('SearchResponse');
