import { AppError } from '../../domain/errors.js';

export function noSuchVideo(videoId: string): AppError {
  return new AppError('not-found', `There is no video ${JSON.stringify(videoId)}.`, {
    hint: 'GET /v1/videos lists those there are.',
  });
}
