export interface DecodedImage {
  width: number;
  height: number;
  /** RGB, 8 bit, [height, width, 3]; upright, transparency over black. */
  pixels: Uint8Array;
}

export interface ImageReader {
  /**
   * A picture: PNG, JPEG, WebP, AVIF or GIF (its first frame).
   * @throws AppError `unsupported-media`, `media-limit`.
   */
  decode(bytes: Uint8Array): Promise<DecodedImage>;
}
