/**
 * A query or caption as the reference prepares it before tokenization (VideoMamba, `video_mm`, `pre_text`).
 * The order is the reference's and matters: deletions come before `<person>` is unwrapped, so "<Per.son>" becomes
 * "person", while the slash of "</person>" has become a space by then and keeps it from being unwrapped.
 */
export function normalizeText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[,.'!?"()*#:;~]/g, '')
    .replace(/[-/]/g, ' ')
    .replaceAll('<person>', 'person')
    .replace(/\s+/g, ' ')
    .trim();
}
