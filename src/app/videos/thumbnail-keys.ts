/** Prefix of the keys of all thumbnails. */
export const THUMBNAILS = 'thumbnails/';

/** Prefix of the keys of a video's thumbnails. */
export function thumbnailPrefix(videoId: string): string {
  return `${THUMBNAILS}${videoId}/`;
}

/** Id of the video a thumbnail is of. */
export function videoOfThumbnail(key: string): string {
  return key.slice(THUMBNAILS.length).split('/')[0]!;
}

export function thumbnailKey(videoId: string, atMs: number, width: number): string {
  return `${thumbnailPrefix(videoId)}${atMs}-${width}.jpg`;
}
