/** Where a manifest may want to lead. */
export interface Canaries {
  /** Absolute paths of a text and of a video that nobody may see. */
  textPath: string;
  videoPath: string;
  /** Address of a server that nobody may ask. */
  url: string;
}

const pick = <Item>(items: readonly Item[], random: () => number): Item =>
  items[Math.floor(random() * items.length)]!;

/** Ways to name a file or an address that are tricks of ffmpeg's protocols. */
function targets({ textPath, videoPath, url }: Canaries): string[] {
  const name = videoPath.slice(videoPath.lastIndexOf('/') + 1);
  return [
    ...[
      videoPath,
      textPath,
      name,
      `./${name}`,
      `../canary/${name}`,
      `file:${videoPath}`,
      `file://${videoPath}`,
    ],
    ...[`${url}/video.mp4`, `concat:${videoPath}|${textPath}`, `subfile,,start,0,end,1000,,:${videoPath}`],
    ...[
      `crypto:${videoPath}`,
      `cache:${videoPath}`,
      `async:${url}/x`,
      `data:video/mp4;base64,AAAAGGZ0eXA=`,
      'pipe:0',
    ],
    ...[
      `tcp://${new URL(url).host}`,
      `hls+${url}/x.m3u8`,
      `http://[::ffff:127.0.0.1]:${new URL(url).port}/x`,
      '/proc/self/environ',
    ],
  ];
}

type Manifest = (target: string) => string;

const MANIFESTS: Record<string, Manifest> = {
  HLS: (target) =>
    `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`,
  'HLS with a key': (target) =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="${target}"\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`,
  'HLS with a map': (target) =>
    `#EXTM3U\n#EXT-X-MAP:URI="${target}"\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`,
  'HLS of variants': (target) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=64x48\n${target}\n`,
  DASH: (target) =>
    `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${target}</BaseURL><SegmentList><Initialization sourceURL="${target}"/><SegmentURL media="${target}"/></SegmentList></Representation></AdaptationSet></Period></MPD>`,
  concat: (target) => `ffconcat version 1.0\nfile '${target}'\nduration 1\n`,
  'concat without a header': (target) => `file '${target}'\n`,
  SDP: (target) =>
    `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${target}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
  ASX: (target) => `<asx version="3.0"><entry><ref href="${target}"/></entry></asx>`,
  XSPF: (target) =>
    `<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>${target}</location></track></trackList></playlist>`,
  SMIL: (target) => `<smil><body><video src="${target}"/></body></smil>`,
  IMF: (target) =>
    `<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>urn:uuid:0</Id><ContentTitle>${target}</ContentTitle></CompositionPlaylist>`,
  subtitles: (target) => `1\n00:00:00,000 --> 00:00:01,000\n<img src="${target}">\n`,
  'ASS subtitles': (target) =>
    `[Script Info]\nVideo File: ${target}\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,,,,,,,x\n`,
  'an ffmetadata file': (target) => `;FFMETADATA1\ntitle=${target}\n`,
  'a list of addresses': (target) => `${target}\n${target}\n`,
  'an SVG picture': (target) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><image href="${target}"/></svg>`,
  'a script for AviSynth': (target) => `DirectShowSource("${target}")\n`,
  'a script for VapourSynth': (target) => `import os\nos.system("cat ${target}")\n`,
};

/** Beginnings that make a text look like a video to who looks at the first bytes only. */
const DISGUISES: Record<string, Buffer> = {
  'as it is': Buffer.alloc(0),
  'behind the beginning of an mp4': Buffer.from(
    '0000001c66747970697336d70000020069736f6d69736f326d703431',
    'hex',
  ),
  'behind that of a webm': Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex'),
  'behind a byte order mark': Buffer.from('efbbbf', 'hex'),
  'behind blanks': Buffer.from('\n\n  '),
};

const NAMES = [
  'a.mp4',
  'a.m3u8',
  'a.mpd',
  'a.webm',
  'a.mov',
  'a.ts',
  'a.ffconcat',
  'a.avi',
  'a.gif',
  'a.sdp',
  'a%d.mp4',
];

/** A text under the name of a video that wants its reader to read something else. */
export function hostileManifest(
  canaries: Canaries,
  random: () => number,
): { kind: string; name: string; bytes: Buffer } {
  const [kind, manifest] = pick(Object.entries(MANIFESTS), random);
  const [, disguise] = pick(Object.entries(DISGUISES), random);
  const text = manifest(pick(targets(canaries), random));
  return {
    kind: `manifest (${kind})`,
    name: pick(NAMES, random),
    bytes: Buffer.concat([disguise, Buffer.from(text)]),
  };
}
