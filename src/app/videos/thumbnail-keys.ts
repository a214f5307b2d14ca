/** Prefix of the keys of all thumbnails. */
export const THUMBNAILS = 'thumbnails/';

/** Prefix of the keys of a video's thumbnails. */
export function thumbnailPrefix(videoId: string): string {
  return `${THUMBNAILS}${videoId}/`;
}

export function thumbnailKey(videoId: string, atMs: number, width: number): string {
  return `${thumbnailPrefix(videoId)}${atMs}-${width}.jpg`;
}
