import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface ProfileEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args?: { op_name?: string };
}

const gemmOperators = /MatMul|Gemm/;

/** Share of matrix products in the operators' time, from what ONNX Runtime's profiler left in `folder`. */
export async function gemmShare(folder: string): Promise<number> {
  let gemm = 0;
  let all = 0;
  for (const file of await readdir(folder)) {
    const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[];
    for (const { cat, name, dur, args } of events) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
      all += dur;
      if (gemmOperators.test(args?.op_name ?? '')) gemm += dur;
    }
  }
  return gemm / all;
}
