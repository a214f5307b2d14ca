/** Where the two programs are: names looked up in PATH, or paths. */
export interface FfmpegPrograms {
  ffmpeg: string;
  ffprobe: string;
}

/** `VIDERE_FFMPEG` and `VIDERE_FFPROBE` replace the programs found in PATH. */
export function programsFromEnvironment(environment: NodeJS.ProcessEnv = process.env): FfmpegPrograms {
  return {
    ffmpeg: environment.VIDERE_FFMPEG || 'ffmpeg',
    ffprobe: environment.VIDERE_FFPROBE || 'ffprobe',
  };
}
