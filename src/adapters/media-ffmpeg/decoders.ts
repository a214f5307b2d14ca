/**
 * Decoders that may see a byte of a file: the formats that cameras, phones, browsers and editors have written. The many
 * of old games, screens and instruments that ffmpeg has as well are where its faults are found. ffprobe opens every stream
 * of a file, so sound and subtitles stand here, too.
 */
const VIDEO = `h264 hevc av1 libdav1d libaom-av1 vp8 vp9 libvpx libvpx-vp9 mpeg1video mpeg2video mpegvideo mpeg4 msmpeg4
  msmpeg4v1 msmpeg4v2 h261 h263 h263p flv vc1 wmv1 wmv2 wmv3 theora vp3 vp6 vp6f mjpeg mjpegb jpeg2000 libopenjpeg
  prores dnxhd cfhd dvvideo ffv1 huffyuv ffvhuff utvideo magicyuv qtrle rawvideo v210 v410 r210 svq1 svq3 cinepak rpza
  png apng gif hap`;
const SOUND = `aac aac_fixed aac_latm ac3 ac3_fixed eac3 dca truehd mlp mp1 mp1float mp2 mp2float mp3 mp3float alac flac
  opus libopus vorbis libvorbis speex libspeex amrnb amrwb libopencore_amrnb libopencore_amrwb wmav1 wmav2 wmapro
  wmalossless wmavoice nellymoser adpcm_ms adpcm_ima_wav adpcm_ima_qt adpcm_swf gsm gsm_ms qdm2 mace3 mace6 wavpack tta
  s302m pcm_alaw pcm_mulaw pcm_s8 pcm_u8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be
  pcm_f64le pcm_f64be pcm_bluray pcm_dvd`;
const SUBTITLES =
  'mov_text srt subrip ass ssa webvtt text dvdsub dvd_subtitle dvbsub pgssub xsub cc_dec libzvbi_teletextdec';

/** For ffmpeg's `-codec_whitelist`, which takes the names of decoders. */
export const DECODERS = [VIDEO, SOUND, SUBTITLES].flatMap((names) => names.split(/\s+/)).join(',');
