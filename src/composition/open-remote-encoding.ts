import { askCaptions, remoteModel } from '../adapters/encoder-http/encoder-model.js';
import { EncoderServers } from '../adapters/encoder-http/encoder-servers.js';
import { GatheredTextEncoder } from '../adapters/encoder-http/gathered-text-encoder.js';
import { HttpTextEncoder } from '../adapters/encoder-http/http-text-encoder.js';
import { HttpVideoEncoder } from '../adapters/encoder-http/http-video-encoder.js';
import type { ServingEncoding } from './encoding.js';
import { pictureThreadModule } from './worker-modules.js';

export interface EncodersElsewhere {
  encoders: readonly string[];
  encoderKey: string | undefined;
}

/**
 * Encoders that are services of their own. Nothing here looks at clips again, and no language model comes with them.
 * @throws AppError `invalid-input`, `encoder-unavailable` when none of them answers.
 */
export async function openRemoteEncoding({
  encoders,
  encoderKey,
}: EncodersElsewhere): Promise<ServingEncoding> {
  const servers = new EncoderServers({ urls: encoders, key: encoderKey });
  const model = await remoteModel(servers);
  const captions = await askCaptions(servers, model);
  const videoEncoder = new HttpVideoEncoder(servers, model, pictureThreadModule);
  return {
    textEncoder: new GatheredTextEncoder(new HttpTextEncoder(servers, model)),
    videoEncoder,
    captions,
    openReranker: undefined,
    openOwnModel: async () => undefined,
    close: () => videoEncoder.close(),
  };
}
