/** A file of a model repository. */
export interface HubFile {
  /** Owner and name, as `OpenGVLab/VideoMamba`. */
  repository: string;
  /** A branch, tag or commit. */
  revision: string;
  /** Inside the repository. */
  path: string;
  /** Hex SHA-256 it must have; undefined where nobody has told it yet. */
  sha256?: string | undefined;
}

export interface DownloadedFile {
  sizeBytes: number;
  /** Hex SHA-256 of what is on the disk now. */
  sha256: string;
  /** The commit of the repository it came from, where the hub says so. */
  commit: string | undefined;
}

export interface DownloadProgress {
  receivedBytes: number;
  /** Undefined where the hub does not tell. */
  totalBytes: number | undefined;
}

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Where published checkpoints are kept. */
export interface ModelHub {
  /**
   * Brings a file to `target`, where it appears whole and checked or not at all. A download that was broken off goes on
   * where it stopped, in this process or a later one.
   * @throws AppError `download-failed` when the hub does not give it, `corrupt-data` when it is not what it should be,
   *   `out-of-storage`, `cancelled`.
   */
  download(file: HubFile, target: string, options?: DownloadOptions): Promise<DownloadedFile>;
}
