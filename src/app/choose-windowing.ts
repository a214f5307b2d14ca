import { AppError } from '../domain/errors.js';
import type { ClipWindowing } from '../model/bundle.js';

/** How somebody wants videos cut; what is left out is as the bundle says. */
export interface WindowingWishes {
  windowSeconds?: number | undefined;
  strideSeconds?: number | undefined;
  /** False: let windows go over cuts. */
  shots?: boolean | undefined;
}

/**
 * The bundle's way of cutting, changed as wished. A window that is wished for without a stride keeps the bundle's share
 * of overlap.
 * @throws AppError `invalid-input` for a stride longer than the window, which would leave gaps.
 */
export function chooseWindowing(bundle: ClipWindowing, wishes: WindowingWishes): ClipWindowing {
  const { windowSeconds = bundle.windowSeconds } = wishes;
  const keptShare = bundle.strideSeconds / bundle.windowSeconds;
  const {
    strideSeconds = wishes.windowSeconds === undefined ? bundle.strideSeconds : windowSeconds * keptShare,
  } = wishes;
  if (strideSeconds > windowSeconds) {
    throw new AppError(
      'invalid-input',
      `Windows of ${windowSeconds} seconds that start every ${strideSeconds} would leave gaps.`,
      { hint: 'Let them start at most one window apart (--stride).' },
    );
  }
  return { windowSeconds, strideSeconds, shots: (bundle.shots ?? true) && (wishes.shots ?? true) };
}
