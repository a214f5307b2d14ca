import { DataFolderLock } from '../adapters/data-folder-lock/data-folder-lock.js';
import { letProgramsGiveWay } from '../adapters/media-ffmpeg/run-program.js';
import { chooseWindowing, type WindowingWishes } from '../app/choose-windowing.js';
import { ModelShelf } from '../app/models/model-shelf.js';
import type { IntakeRules } from '../app/videos/intake-rules.js';
import { activeBundleFolder } from './active-bundle.js';
import { captionBankOf } from './caption-bank-of.js';
import { closeAll, closingOnFailure } from './closing.js';
import { type Locations, makeFolder } from './data-folder.js';
import { openServingEncoding } from './encoding.js';
import { fingerprintElsewhere } from './fingerprint-elsewhere.js';
import { type LanguageModelServer, openAnswers, openServedModel } from './open-answers.js';
import { openLibraryExport } from './open-archive.js';
import { modelSwitch, openReembed } from './open-reembed.js';
import { openServedSearch } from './open-search.js';
import { openWork, type WorkOptions } from './open-work.js';
import { visualQueries } from './search-parts.js';

export type ServingSettings = Locations &
  WindowingWishes &
  LanguageModelServer & {
    intake: IntakeRules;
    allowLocalWebhooks: boolean;
    shutdownSeconds: number;
    captions: boolean;
    modelsFolder: string;
    shippedModels: Readonly<Record<string, string>>;
  };

/**
 * What a server needs. It holds the data folder, and opens the library with one model after the other.
 * @throws AppError as `openAsking` and `openServingEncoding`.
 */
export async function openServing(settings: ServingSettings, logFailure: WorkOptions['logFailure']) {
  await makeFolder(settings.dataFolder);
  const lock = DataFolderLock.take(settings.dataFolder);
  return closingOnFailure(lock, async () => ({
    library: await openServedLibrary(settings, logFailure),
    /** The same library once more, with the model it was switched to. */
    openSwitched: () => {
      const bundleFolder = activeBundleFolder(settings.dataFolder) ?? settings.bundleFolder;
      return openServedLibrary({ ...settings, bundleFolder }, logFailure);
    },
    /** To be called when the libraries are closed. */
    close: () => lock.close(),
  }));
}

export type ServedLibrary = Awaited<ReturnType<typeof openServedLibrary>>;

/** Searching and asking, and the work on the library's jobs, which is yet to begin. */
async function openServedLibrary(settings: ServingSettings, logFailure: WorkOptions['logFailure']) {
  const { dataFolder, bundleFolder, intake, allowLocalWebhooks, shutdownSeconds } = settings;
  const { captions: captionsAtIngest } = settings;
  letProgramsGiveWay();
  // Settings that cannot be are told of before anything is loaded.
  const served = openServedModel(settings);
  const encoding = await openServingEncoding(bundleFolder);
  const { videoEncoder } = encoding;
  return closingOnFailure(encoding, async () => {
    const library = await openServedSearch(encoding, dataFolder, logFailure);
    const answers = await closingOnFailure(library, () => openAnswers(served, encoding, library));
    const { database, blobs } = library;
    const work = openWork(library, {
      videoEncoder,
      intake,
      allowLocalWebhooks,
      drainMs: shutdownSeconds * 1000,
      logFailure,
      captions: { ...library, ...answers },
      captionsAtIngest,
      windowing: chooseWindowing(videoEncoder.model.clips, settings),
      modelSwitch: modelSwitch(dataFolder, database),
      openReembedding: (folder) => openReembed({ dataFolder, database, blobs }, folder),
    });
    return {
      ...library,
      ...work,
      answers,
      visual: visualQueries(videoEncoder),
      openSnapshot: () => openLibraryExport(dataFolder).snapshot,
      models: new ModelShelf({
        modelsFolder: settings.modelsFolder,
        shipped: settings.shippedModels,
        active: { ...videoEncoder.model, bundleFolder },
        fingerprint: fingerprintElsewhere,
        captions: captionBankOf,
      }),
      close: () => work.close().finally(() => closeAll(answers, library).finally(() => encoding.close())),
    };
  });
}
