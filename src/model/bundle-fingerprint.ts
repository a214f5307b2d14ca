import { createHash } from 'node:crypto';
import type { BundleDescription } from './bundle.js';
import type { TensorInfo } from './tensor-type.js';

/**
 * SHA-256 over what decides a vector: geometry, preprocessing, every weight and the tokenizer. Name, licence,
 * provenance and the cutting of clips are left out: changing them leaves old vectors comparable with new ones.
 * Independent of the order of tensors in the file, so a bundle has the same fingerprint in memory and on disk.
 * The exact bytes are in `docs/bundle-format.md`.
 */
export function bundleFingerprint(
  description: BundleDescription,
  tensors: ReadonlyMap<string, TensorInfo>,
  readBytes: (name: string) => Uint8Array,
  tokenizerJson: string | undefined,
): string {
  const { format, kind, video, preprocessing } = description;
  const head = description.kind === 'retrieval' ? description.projection : description.classes;
  const text = description.kind === 'retrieval' ? description.text : null;
  const hash = createHash('sha256');
  hash.update(`${canonicalJson({ format, kind, video, preprocessing, text, head })}\n`);
  for (const name of [...tensors.keys()].sort()) {
    const { type, shape } = tensors.get(name)!;
    hash.update(`${canonicalJson({ name, type, shape })}\n`);
    hash.update(readBytes(name));
  }
  hash.update(
    tokenizerJson === undefined ? 'no tokenizer' : createHash('sha256').update(tokenizerJson).digest('hex'),
  );
  return hash.digest('hex');
}

/** JSON with the keys of every object in order, so that equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
