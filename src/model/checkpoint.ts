import { AppError } from '../domain/errors.js';
import { type ByteSource, openByteSource } from './byte-source.js';
import { SafetensorsFile } from './safetensors.js';
import type { TensorInfo } from './tensor-type.js';
import { TorchCheckpoint } from './torch-checkpoint/torch-checkpoint.js';

/** Named tensors of a trained model, whatever file they are in. */
export interface Checkpoint {
  /** What error messages call it. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Row-major values of one tensor; do not write into them. */
  readTensorAsFloat32(name: string): Float32Array;
  close(): void;
}

/**
 * Opens a torch.save file (`.pth`) or a safetensors file, told apart by their first bytes.
 * Reading one executes nothing, whatever it holds.
 * @throws AppError `file-not-found`, or `invalid-model` saying what the file is instead and what to do.
 */
export function openCheckpoint(path: string): Checkpoint {
  const source = openByteSource(path, { followLinks: true });
  try {
    const start = Buffer.from(source.read(0, Math.min(16, source.byteLength)));
    if (start.toString('latin1', 0, 2) === 'PK') return new TorchCheckpoint(source);
    if (start.length > 8 && start[8] === 0x7b) return new SafetensorsFile(source);
    throw unreadable(source, start);
  } catch (error) {
    source.close();
    throw error;
  }
}

function unreadable(source: ByteSource, start: Buffer): AppError {
  const resave =
    'Load it in PyTorch with torch.load(FILE, weights_only=True) and write it again with torch.save(..., NEW_FILE).';
  const accepted = 'accepted are files of torch.save (PyTorch 1.6 or later) and safetensors files.';
  if (source.byteLength === 0) return new AppError('invalid-model', `${source.name} is empty; ${accepted}`);
  // 0x80, then a protocol: a bare pickle, as torch.save wrote before 1.6.
  if (start[0] === 0x80 && start[1]! <= 5) {
    return new AppError(
      'invalid-model',
      `${source.name} is a bare pickle, perhaps of torch.save before PyTorch 1.6; it was not read. ${capitalized(accepted)}`,
      { hint: resave },
    );
  }
  if (start.toString('latin1').startsWith('version https:')) {
    return new AppError('invalid-model', `${source.name} is a Git LFS pointer, not the file itself.`, {
      hint: 'Fetch the file with "git lfs pull".',
    });
  }
  return new AppError('invalid-model', `${source.name} is no checkpoint; ${accepted}`, { hint: resave });
}

function capitalized(sentence: string): string {
  return sentence[0]!.toUpperCase() + sentence.slice(1);
}
