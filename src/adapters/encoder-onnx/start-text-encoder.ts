import { modelInfo } from '../../model/model-info.js';
import { loadBundle } from '../../model/read-bundle.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import type { SelectiveScanKernel } from '../../model/selective-scan.js';
import { TextTokenizer } from '../../model/tokenizer.js';
import { usableEmbedding } from '../../model/usable-embedding.js';
import { TextEngine } from './text-engine.js';
import type { EngineWorkerData, RunningEncoder } from './worker-operations.js';

/**
 * From texts to vectors, in the thread it is called on.
 * @param kernel only named in the model's description: the text encoder has no scan.
 * @throws AppError `file-not-found` or `invalid-model` when the bundle cannot be loaded, `invalid-input` when it is no
 * retrieval model.
 */
export async function startTextEncoder(
  { bundleDirectory, threads }: EngineWorkerData,
  kernel: SelectiveScanKernel,
): Promise<RunningEncoder<readonly string[]>> {
  const bundle = await loadBundle(bundleDirectory);
  const description = requireRetrieval(bundle);
  // A retrieval bundle read from a folder always has its tokenizer.
  const tokenizer = await TextTokenizer.load(bundle.tokenizerPath!, description.text.maxTokens);
  const engine = await TextEngine.load(bundle, { threads });
  const { projection } = description;
  return {
    model: modelInfo(bundle, description, kernel.name),
    async encode(texts) {
      const { embedding } = await engine.encode(tokenizer.encode(texts));
      return texts.map((text, index) =>
        usableEmbedding(embedding.slice(index * projection, (index + 1) * projection), JSON.stringify(text)),
      );
    },
    close: () => engine.close(),
  };
}
