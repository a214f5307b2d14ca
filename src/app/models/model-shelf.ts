import type { ModelInfo } from '../../ports/encoders.js';
import { findModel, type InstalledModel, listModels } from './list-models.js';

export interface ModelShelfOptions {
  modelsFolder: string;
  /** Folders of the bundles that ship, by the names they are called. */
  shipped: Readonly<Record<string, string>>;
  /** The one that answers; its bundle is elsewhere where others encode. */
  active: ModelInfo & { bundleFolder: string | undefined };
  /** Reads a whole bundle elsewhere than on this thread. @throws AppError `invalid-model`. */
  fingerprint: (bundleFolder: string) => Promise<string>;
  /** Captions that have nothing to do with a library, to measure others by. */
  captions: (bundleFolder: string) => Promise<readonly string[]>;
}

export interface ShelvedModel extends InstalledModel {
  isActive: boolean;
}

/** The models a server can choose from. */
export class ModelShelf {
  readonly #options: ModelShelfOptions;

  constructor(options: ModelShelfOptions) {
    this.#options = options;
  }

  get active(): ModelInfo & { bundleFolder: string | undefined } {
    return this.#options.active;
  }

  /** The active one is among them, wherever its bundle is. */
  async list(): Promise<ShelvedModel[]> {
    const { modelsFolder, shipped, active } = this.#options;
    const { bundleFolder } = active;
    const known = await listModels(modelsFolder, shipped);
    const isShelved = bundleFolder === undefined || known.some(({ folder }) => folder === bundleFolder);
    const models = isShelved
      ? known
      : await listModels(modelsFolder, { ...shipped, [active.name]: bundleFolder });
    return models.map((model) => ({ ...model, isActive: model.folder === bundleFolder }));
  }

  /** @throws AppError `not-found`. */
  async find(id: string): Promise<ShelvedModel> {
    const models = await this.list();
    const { folder } = findModel(models, id);
    return models.find((model) => model.id === id && model.folder === folder)!;
  }

  /** @throws AppError `invalid-model` when the bundle is damaged. */
  async fingerprint({ folder, isActive }: ShelvedModel): Promise<string> {
    const { active, fingerprint } = this.#options;
    return isActive ? active.fingerprint : fingerprint(folder);
  }

  captions({ folder }: ShelvedModel): Promise<readonly string[]> {
    return this.#options.captions(folder);
  }
}
