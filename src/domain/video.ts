/** A video file the library knows, as it was when it was ingested. */
export interface Video {
  id: string;
  /** Hex SHA-256 of the whole file: the same content is the same video, whatever its name. */
  contentHash: string;
  title: string;
  /** Absolute path the file had when it was ingested. */
  sourcePath: string;
  sizeBytes: number;
  container: string;
  codec: string;
  /** Pixels in display orientation. */
  width: number;
  height: number;
  durationSeconds: number;
  frameCount: number;
  /** Milliseconds since 1970. For people to read: nothing is ordered or decided by it. */
  createdAtMs: number;
}
