import { openProjector } from '../adapters/language-openai/mlp-projector.js';
import { OpenAiLanguageModel } from '../adapters/language-openai/openai-language-model.js';
import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import type { AskParts } from '../app/answers/ask-library.js';
import { CaptionBank } from '../app/answers/caption-bank.js';
import { ClipFeatureReader } from '../app/answers/clip-feature-reader.js';
import { FilePictures, type FilePicturesDependencies } from '../app/answers/file-pictures.js';
import { AppError } from '../domain/errors.js';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { CaptionStore } from '../ports/caption-store.js';
import type { EvidenceKind, LanguageModel } from '../ports/language-model.js';
import type { Closable } from './closing.js';
import type { Encoding } from './encoding.js';

/** A server that is to answer questions. */
export interface LanguageModelServer {
  languageModelUrl: string | undefined;
  languageModelName: string | undefined;
  languageModelKey: string | undefined;
  languageModelEvidence: readonly EvidenceKind[];
  languageModelProjector: string | undefined;
  answerTokens: number;
  answerSeconds: number;
}

/** What a library keeps of questions and answers. */
interface AnswerStores extends Pick<AskParts, 'conversations'> {
  blobs: BlobStore;
  captions: CaptionStore;
}

type AnswerParts = AskParts & Pick<AnswerStores, 'captions'> & Pick<FilePicturesDependencies, 'features'>;

/**
 * What asking needs.
 * @param served the language model that answers; the encoding's own, if it has one, where there is none.
 */
export async function openAnswers(
  served: LanguageModel | undefined,
  { textEncoder, captions: bank, openReranker, openOwnModel }: Encoding,
  { blobs, captions, conversations }: AnswerStores,
): Promise<AnswerParts & Closable> {
  const languageModel = served ?? (await openOwnModel());
  const media = new FfmpegMediaReader();
  const features =
    openReranker &&
    new ClipFeatureReader({
      media,
      openReranker: () => openReranker({ givesWay: false }),
      sampleFrames: sampleFrameIndices,
      modelFingerprint: textEncoder.model.fingerprint,
    });
  return {
    languageModel,
    captions,
    conversations,
    features,
    pictures: new FilePictures({ blobs, media, features }),
    bank: new CaptionBank(bank, textEncoder),
    close: async () => {
      await Promise.all([languageModel?.close(), features?.close()]);
    },
  };
}

/**
 * The language model that the settings name; undefined when they name none.
 * @throws AppError `invalid-input` for settings that do not go together.
 */
export function openServedModel(settings: LanguageModelServer): LanguageModel | undefined {
  const { languageModelUrl: baseUrl, languageModelName: model, languageModelKey: apiKey } = settings;
  if (baseUrl === undefined) return undefined;
  if (model === undefined) {
    throw new AppError('invalid-input', `Which model at ${baseUrl} is to answer?`, {
      hint: 'Name it with VIDERE_LLM_MODEL.',
    });
  }
  const { languageModelEvidence: takes, languageModelProjector, answerTokens, answerSeconds } = settings;
  return new OpenAiLanguageModel({
    baseUrl,
    model,
    apiKey,
    takes: takes.length > 0 ? takes : ['text'],
    projector: languageModelProjector === undefined ? undefined : openProjector(languageModelProjector),
    maxTokens: answerTokens,
    limits: { totalMs: answerSeconds * 1000 },
  });
}
