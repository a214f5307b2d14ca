import { letProgramsGiveWay } from '../adapters/media-ffmpeg/run-program.js';
import { backupJob } from '../app/backup/backup-job.js';
import { chooseWindowing, type WindowingWishes } from '../app/choose-windowing.js';
import { ModelShelf } from '../app/models/model-shelf.js';
import type { IntakeRules } from '../app/videos/intake-rules.js';
import { activeBundleFolder } from './active-bundle.js';
import { captionBankOf } from './caption-bank-of.js';
import { closeAll, closingOnFailure } from './closing.js';
import { type Locations, makeFolder, takeLibrary } from './data-folder.js';
import { openServingEncoding } from './encoding.js';
import { fingerprintElsewhere } from './fingerprint-elsewhere.js';
import { type LanguageModelServer, openAnswers, openServedModel } from './open-answers.js';
import { openReembed, vectorRemoval } from './open-reembed.js';
import { type EncodersElsewhere, openRemoteEncoding } from './open-remote-encoding.js';
import { openServedSearch } from './open-search.js';
import { openWork, type WorkOptions } from './open-work.js';
import { visualQueries } from './search-parts.js';

export type ServingSettings = Locations &
  WindowingWishes &
  LanguageModelServer &
  EncodersElsewhere & {
    intake: IntakeRules;
    allowLocalWebhooks: boolean;
    shutdownSeconds: number;
    captions: boolean;
    modelsFolder: string;
    shippedModels: Readonly<Record<string, string>>;
    /** Where backups go, if anywhere. */
    backupFolder: string | undefined;
    /** Jobs that are over are forgotten when so many came after them. */
    keptJobs: number;
  };

/** Who hears what goes on beside the answering of requests. */
export type ServingTold = Pick<WorkOptions, 'logFailure' | 'onDrained'>;

/**
 * What a server needs. It holds the data folder, and opens the library with one model after the other.
 * @throws AppError as `openAsking` and `openServingEncoding`.
 */
export async function openServing(settings: ServingSettings, tell: ServingTold) {
  await makeFolder(settings.dataFolder);
  const lock = takeLibrary(settings);
  return closingOnFailure(lock, async () => ({
    library: await openServedLibrary(settings, tell),
    /** The same library once more, with the model it was switched to. */
    openSwitched: async () => {
      const bundleFolder = (await activeBundleFolder(settings)) ?? settings.bundleFolder;
      return openServedLibrary({ ...settings, bundleFolder }, tell);
    },
    /** To be called when the libraries are closed. */
    close: () => lock.close(),
  }));
}

export type ServedLibrary = Awaited<ReturnType<typeof openServedLibrary>>;

/** Searching and asking, and the work on the library's jobs, which is yet to begin. */
async function openServedLibrary(settings: ServingSettings, tell: ServingTold) {
  const { bundleFolder, intake, allowLocalWebhooks, shutdownSeconds } = settings;
  const { captions: captionsAtIngest, backupFolder } = settings;
  letProgramsGiveWay();
  // Settings that cannot be are told of before anything is loaded.
  const served = openServedModel(settings);
  const encodesElsewhere = settings.encoders.length > 0;
  const encoding = await (encodesElsewhere
    ? openRemoteEncoding(settings)
    : openServingEncoding(bundleFolder));
  const { videoEncoder } = encoding;
  return closingOnFailure(encoding, async () => {
    const library = await openServedSearch(encoding, settings, {
      onDamagedClip: tell.logFailure,
      keptJobs: settings.keptJobs,
    });
    const answers = await closingOnFailure(library, () => openAnswers(served, encoding, library));
    const { blobs, isShared, onModelChange } = library;
    const work = openWork(library, {
      videoEncoder,
      intake,
      allowLocalWebhooks,
      drainMs: shutdownSeconds * 1000,
      ...tell,
      captions: { ...library, ...answers },
      captionsAtIngest,
      windowing: chooseWindowing(videoEncoder.model.clips, settings),
      modelSwitch: vectorRemoval(library),
      isAlone: !isShared,
      onModelChange,
      backup: backupJob(library.backUp(blobs), backupFolder),
      removeStrayIndexFiles: library.removeStrayIndexFiles,
      openReembedding: (folder) => openReembed({ stores: library, blobs }, folder),
    });
    return {
      ...library,
      ...work,
      answers,
      backupFolder,
      visual: visualQueries(videoEncoder),
      models: new ModelShelf({
        modelsFolder: settings.modelsFolder,
        shipped: settings.shippedModels,
        active: { ...videoEncoder.model, bundleFolder: encodesElsewhere ? undefined : bundleFolder },
        fingerprint: fingerprintElsewhere,
        captions: captionBankOf,
      }),
      close: () => work.close().finally(() => closeAll(answers, library).finally(() => encoding.close())),
    };
  });
}
