import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVERYDAY_SENTENCES } from '../app/answers/everyday-sentences.js';

/** Captions of what the model of a bundle was trained on, one a line, where it comes with them. */
const BUNDLE_CAPTIONS = 'training-captions.txt';

/** Captions that have nothing to do with a library, to measure others by: those of the bundle, else of everyday things. */
export async function captionBankOf(bundleFolder: string): Promise<readonly string[]> {
  const text = await readFile(join(bundleFolder, BUNDLE_CAPTIONS), 'utf8').catch(() => '');
  const captions = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return captions.length > 0 ? captions : EVERYDAY_SENTENCES;
}
