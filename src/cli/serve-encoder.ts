import { SharedApiKey } from '../app/access/shared-api-key.js';
import { type EncoderSettings, openEncoder } from '../composition/open-encoder.js';
import { AppError } from '../domain/errors.js';
import { isLoopback } from '../http/access/loopback.js';
import { createEncoderApp } from '../http/create-encoder-app.js';
import type { FailedRequest } from '../http/guarded-app.js';
import { VERSION } from '../version.js';
import { accessOptions } from './access-options.js';
import { HttpService } from './http-service.js';
import type { Settings } from './settings/table.js';

export interface EncoderService {
  url: string;
  kernel: string;
  runUntil(signal: AbortSignal): Promise<void>;
}

/**
 * A server that encodes for others. It has no library, and so one key for all.
 * @throws AppError `invalid-input` when others can reach it and it has no key, and as `openEncoder`.
 */
export async function startEncoder(
  settings: Settings,
  { shippedModels }: Pick<EncoderSettings, 'shippedModels'>,
  logFault: (fault: unknown, request: FailedRequest) => void,
): Promise<EncoderService> {
  const { encoderKey, host, shutdownSeconds } = settings;
  const needsKey = encoderKey !== undefined || settings.requireKey || !isLoopback(host);
  if (needsKey && encoderKey === undefined) {
    throw new AppError(
      'invalid-input',
      `Others can reach ${host}: an encoder does not listen there without a key.`,
      {
        hint: 'Draw one with "videre keys draw", and set VIDERE_ENCODER_KEY to it here and where it is asked from.',
      },
    );
  }
  const keys = new SharedApiKey(encoderKey);
  const encoder = await openEncoder({ ...settings, shippedModels });
  const access = accessOptions(settings, keys, needsKey);
  const app = createEncoderApp({ ...encoder, access, version: VERSION, logFault });
  const service = await HttpService.start(app.fetch, settings).catch(async (error: unknown) => {
    await encoder.close();
    throw error;
  });
  return {
    url: service.url,
    kernel: encoder.textEncoder.model.kernel,
    runUntil: (signal) => service.runUntil(signal, shutdownSeconds * 1000).finally(() => encoder.close()),
  };
}
