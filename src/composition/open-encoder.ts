import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobFiles } from '../adapters/blob-files/blob-files.js';
import { PrometheusMetrics } from '../adapters/metrics-prometheus/prometheus-metrics.js';
import { ModelShelf } from '../app/models/model-shelf.js';
import { VERSION } from '../version.js';
import { captionBankOf } from './caption-bank-of.js';
import { openServingEncoding } from './encoding.js';
import { fingerprintElsewhere } from './fingerprint-elsewhere.js';
import { visualQueries } from './search-parts.js';

export interface EncoderSettings {
  bundleFolder: string;
  modelsFolder: string;
  shippedModels: Readonly<Record<string, string>>;
}

/**
 * What a service needs that encodes for others, and keeps nothing.
 * @throws AppError as `openServingEncoding`.
 */
export async function openEncoder({ bundleFolder, modelsFolder, shippedModels }: EncoderSettings) {
  const encoding = await openServingEncoding(bundleFolder);
  const folder = await mkdtemp(join(tmpdir(), 'videre-encoder-'));
  const { textEncoder, videoEncoder } = encoding;
  const { model } = videoEncoder;
  const { name, fingerprint, kernel } = model;
  return {
    textEncoder,
    visual: visualQueries(videoEncoder),
    /** Room for the files of a request. */
    blobs: new BlobFiles(folder),
    models: new ModelShelf({
      modelsFolder,
      shipped: shippedModels,
      active: { ...model, bundleFolder },
      fingerprint: fingerprintElsewhere,
      captions: captionBankOf,
    }),
    metrics: new PrometheusMetrics({
      info: { version: VERSION, model: name, fingerprint, kernel, node: process.version },
      gauges: async () => ({}),
    }),
    close: () => encoding.close().finally(() => rm(folder, { recursive: true, force: true })),
  };
}
