import { OnnxReranker } from '../adapters/encoder-onnx/onnx-reranker.js';
import { OnnxTextEncoder } from '../adapters/encoder-onnx/onnx-text-encoder.js';
import type { TextEncoder, VideoEncoder } from '../ports/encoders.js';
import type { LanguageModel } from '../ports/language-model.js';
import type { Reranker } from '../ports/reranker.js';
import { captionBankOf } from './caption-bank-of.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import { openOwnModel } from './open-own-model.js';
import { openVideoEncoder } from './open-video-encoder.js';
import { decoderThreadModule, workerModule } from './worker-modules.js';

/** What a model does for a library, on this machine or elsewhere. */
export interface Encoding extends Closable {
  textEncoder: TextEncoder;
  /** Captions that have nothing to do with a library, to measure others by. */
  captions: readonly string[];
  /** What looks at clips again; each call opens one of its own. Undefined where there is none. */
  openReranker: ((options: { givesWay: boolean }) => Promise<Reranker>) | undefined;
  /** The language model that comes with the model; undefined where there is none. */
  openOwnModel: () => Promise<LanguageModel | undefined>;
}

/** For those who serve: videos are encoded, too, and `textEncoder.model` tells what does it. */
export interface ServingEncoding extends Encoding {
  videoEncoder: VideoEncoder;
}

/** For those who only ask. @throws AppError `file-not-found`, `invalid-model`. */
export async function openTextEncoding(bundleFolder: string): Promise<Encoding> {
  const options = { bundleDirectory: bundleFolder, workerModule };
  const textEncoder = await OnnxTextEncoder.load(options);
  return closingOnFailure(textEncoder, async () => ({
    textEncoder,
    captions: await captionBankOf(bundleFolder),
    openReranker: ({ givesWay }) => OnnxReranker.load({ ...options, givesWay }),
    openOwnModel: () => openOwnModel(bundleFolder, decoderThreadModule),
    close: () => textEncoder.close(),
  }));
}

/** @throws AppError as `openTextEncoding` and `openVideoEncoder`. */
export async function openServingEncoding(bundleFolder: string): Promise<ServingEncoding> {
  const videoEncoder = await openVideoEncoder({
    bundleDirectory: bundleFolder,
    workerModule,
    givesWay: true,
  });
  return closingOnFailure(videoEncoder, async () => {
    const encoding = await openTextEncoding(bundleFolder);
    const { textEncoder } = encoding;
    return {
      ...encoding,
      videoEncoder,
      textEncoder: {
        model: videoEncoder.model,
        encode: (texts, signal) => textEncoder.encode(texts, signal),
        close: () => textEncoder.close(),
      },
      close: () => closeAll(encoding, videoEncoder),
    };
  });
}
