import { clips, videos } from './schema/videos.js';

/** The columns of a `LocatedClip`, of clips joined with their videos. */
export const locatedClipColumns = {
  id: clips.id,
  videoId: clips.videoId,
  startSeconds: clips.startSeconds,
  endSeconds: clips.endSeconds,
  title: videos.title,
  path: videos.sourcePath,
};
