/** A file on somebody else's server. */
export interface RemoteFile {
  /** Null when the server does not say. */
  sizeBytes: number | null;
  /** Ends with AppError `download-failed` when it breaks off, or comes too slowly. */
  body: AsyncIterable<Uint8Array>;
  /** Closes the connection, whatever of it was read. */
  discard: () => void;
}

/**
 * Calls addresses that clients named. None is called that is not public, whatever name it goes by and whatever it
 * redirects to.
 */
export interface OutboundHttp {
  /** @throws AppError `address-refused` for what can be refused without asking anybody. */
  assertCallable(url: string): void;
  /** @throws AppError `address-refused`, `download-failed`. */
  download(url: string, signal?: AbortSignal): Promise<RemoteFile>;
  /**
   * Redirects are not followed.
   * @returns the status of the answer, whatever it is.
   * @throws AppError `address-refused`, `download-failed`.
   */
  post(url: string, headers: Record<string, string>, body: string, signal?: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
