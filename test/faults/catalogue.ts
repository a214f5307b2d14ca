import type { CampaignName } from './campaigns.js';

/** A test by its file and a part of its name, its groups included. */
export type NamedTest = readonly [file: string, name: string];

export interface FaultRow {
  row: number;
  area: 'Storage' | 'Media' | 'Uploads' | 'Compute' | 'Language model and streams' | 'Models' | 'API';
  fault: string;
  /** What Videre does then. */
  does: string;
  /** Those that show it; none where there is a `reason`. */
  tests: readonly NamedTest[];
  campaign?: CampaignName;
  /** What was measured. */
  figure?: string;
  /** Why there is no test. */
  reason?: string;
}

const crash: NamedTest = ['test/crash/crash.test.ts', 'loses nothing that was acknowledged'];
const media = (name: string): NamedTest => ['src/adapters/media-ffmpeg/ffmpeg-media-reader.test.ts', name];
const programs = (name: string): NamedTest => ['src/adapters/media-ffmpeg/run-program.test.ts', name];
const limits = (name: string): NamedTest => ['test/faults/rows/media-limits.fault.ts', name];
const index = (name: string): NamedTest => ['src/adapters/index-hnsw/hnsw-index.test.ts', name];
const videos = (name: string): NamedTest => ['test/http/videos.test.ts', name];
const queue = (name: string): NamedTest => ['test/contract/job-queue.test.ts', name];
const access = (name: string): NamedTest => ['test/http/access.test.ts', name];
const guarded = (name: string): NamedTest => ['src/adapters/guarded-http/guarded-http.test.ts', name];
const upstream = (name: string): NamedTest => ['test/contract/openai-language-model.test.ts', name];
const pickles = (name: string): NamedTest => ['src/model/torch-checkpoint/torch-checkpoint.test.ts', name];
const realVideos: NamedTest = ['test/media-realdata.test.ts', 'refuses the others'];
const noVideo = media('refuses what is no video');

/** What can go wrong, row by row, with what is done about it and what shows that. */
export const catalogue: readonly FaultRow[] = [
  ...rows('Storage', [
    [
      1,
      'killed during ingest',
      'What was acknowledged is there, whole; a job goes on where it can; nothing is left over',
      [crash],
    ],
    [
      2,
      'killed at any write, fsync or rename',
      'The same; `npm run test:crash -- --exhaustive` goes through all of them',
      [crash],
    ],
    [
      3,
      'killed while the index is saved',
      'The old file or the new one, by the record in the database',
      [crash, index('leaves one file, the newest')],
    ],
    [
      4,
      'temporary files left over',
      'Never listed or read; swept away at the next start',
      [['test/contract/blob-store.test.ts', 'sweeps away'], crash],
    ],
    [
      5,
      'index file with a flipped bit, a page of zeros, cut off',
      'Length and SHA-256 do not match the record: not read, filled again from the database',
      [index('a single flipped bit, anywhere'), index('missing, cut off or of another model')],
      { campaign: 'index' },
    ],
    [
      6,
      'index of another dimension or model',
      'Not read, filled again from the database',
      [index('missing, cut off or of another model')],
      { campaign: 'index' },
    ],
    [
      7,
      'index older than the database',
      'What is missing is added from the database, what was deleted is removed',
      [index('takes the rest again from the catalog'), ['test/crash/crash.test.ts', 'loses nothing']],
    ],
    [
      8,
      'disk full',
      '507 for uploads, nothing of them left, searches go on, uploads work again when there is room',
      [
        ['test/faults/rows/disk-full.fault.ts', 'refuses uploads with 507'],
        ['src/adapters/catalog-sqlite/full-disk.test.ts', 'says that the disk is full'],
        index('that hnswlib did not write to its end'),
      ],
    ],
    [
      9,
      'fsync fails (EIO)',
      'Nothing is acknowledged that did not reach the disk: 507; its file stays until the next start knows whether its row is there',
      [['test/faults/rows/failing-sync.fault.ts', 'an upload whose fsync fails is no upload']],
    ],
    [
      10,
      'bits of the database flipped',
      'A checksum a clip: a damaged one is named and passed over, others are found; `videre doctor --deep` reads all of them',
      [
        ['src/adapters/catalog-sqlite/sqlite-catalog.test.ts', 'sees a flipped bit anywhere in a clip'],
        ['test/http/operations.test.ts', 'stays ready with a damaged clip, names it'],
      ],
      { campaign: 'database' },
    ],
    [
      11,
      'write-ahead log torn or gone',
      'Opens at the last whole commit before the damage',
      [['test/faults/rows/torn-log.fault.ts', 'opens at a commit']],
    ],
    [
      12,
      'power cut after the answer',
      '`synchronous=FULL`, files synced with their folder before their row is stored',
      [
        [
          'src/adapters/catalog-sqlite/sqlite-catalog.test.ts',
          'writes through to the disk before it acknowledges',
        ],
        ['test/faults/rows/failing-sync.fault.ts', 'is no upload'],
      ],
    ],
    [
      13,
      'backup while videos come and go',
      'A state of the library, whole; verified before it is restored',
      [
        ['src/app/backup/backup.test.ts', 'is whole when videos come and go'],
        ['src/app/backup/backup.test.ts', 'refuses a backup of which any byte was flipped'],
      ],
    ],
    [
      14,
      'clock a year off',
      'No lease, pause or order goes by a clock that can be set',
      [
        ['test/faults/rows/clock.fault.ts', 'a year ahead'],
        ['test/faults/rows/clock.fault.ts', 'a year back'],
        queue('on a clock nobody can set'),
      ],
    ],
    [
      15,
      'two processes on one data folder',
      'The second refuses; the lock goes with its process',
      [
        ['src/adapters/data-folder-lock/data-folder-lock.test.ts', 'is held by one at a time'],
        ['src/adapters/data-folder-lock/data-folder-lock.test.ts', 'goes with its process'],
      ],
    ],
    [
      16,
      'killed during a migration',
      'Each migration is one transaction; the next start goes on. `--exhaustive` kills at every call of a first start, with all migrations',
      [
        crash,
        ['src/adapters/catalog-sqlite/migrations.test.ts', 'brings a library of the first version to today'],
      ],
    ],
  ]),
  ...rows('Media', [
    [17, 'no bytes', 'Refused by name', [noVideo]],
    [18, 'mp4 without its index', 'Refused: unfinished or cut', [noVideo]],
    [
      19,
      'half a file',
      'The frames that are there, then `truncated-media` with how many are missing: never half a video for a whole one',
      [media('yields what is left of half an')],
    ],
    [20, 'sound only', 'Refused, saying what it has', [noVideo]],
    [
      21,
      'one frame',
      'One clip',
      [media('reads one.gif'), ['test/cli/videre.test.ts', 'takes a video of one frame']],
    ],
    [22, 'variable frame rate', 'True times', [media('true times of a variable frame rate')]],
    [23, 'turned or mirrored', 'Upright, as a player shows it', [media('as a player does')]],
    [24, '10 bit', 'Converted to 8 bit', [media('shows 10 bit as 8 bit'), realVideos]],
    [25, 'ten hours', 'Read in memory that does not grow with them', [limits('reads ten hours')]],
    [
      26,
      'a picture of 16,384 x 16,384',
      'Refused by its header, as all beyond 8K; the memory of a program goes by the size of the pictures',
      [limits('16,384'), noVideo],
    ],
    [27, 'a million frames a second', 'True times', [limits('a million frames a second')]],
    [28, 'another resolution midway', 'Brought to one size', [media('changes its size midway')]],
    [
      29,
      'HLS, DASH, concat and others under the name of a video',
      'Refused before they are parsed: no other file is opened, no connection made',
      [limits('opens no other file and no connection'), noVideo],
      { campaign: 'media' },
    ],
    [30, 'a decoder off the list', 'Refused, naming it', [noVideo]],
    [
      31,
      'a decoder that hangs, starts others, eats memory, never stops talking',
      'Killed with all it started; 384 MiB and 48 bytes a pixel of memory; no file it could write',
      [
        programs('kills a program that takes too long'),
        programs('no more memory than its limit'),
        programs('write into no file'),
        limits('is killed whole'),
        limits('eats memory'),
        limits('writes without end'),
      ],
    ],
    [
      32,
      'random and mutated bytes',
      'Read as far as they can be, or refused with a code',
      [realVideos, media('lets the next frame stand in')],
      { campaign: 'media' },
    ],
    [
      33,
      'names like `../`, `-y`, `a:b`, NUL, line breaks, right-to-left, 300 bytes',
      'A name is text in a row; files are stored by id',
      [
        videos('stores by id only'),
        media('reads files of any name'),
        videos('does not follow a path that became a link'),
      ],
    ],
  ]),
  ...rows('Uploads', [
    [
      34,
      'larger than allowed, told or not',
      '413, nothing left, written to disk as it comes',
      [
        videos('refuses what is too large'),
        ['test/http/webhooks.test.ts', 'leaves nothing when it is too large'],
      ],
    ],
    [
      35,
      '500 slow connections',
      'Kept apart from the work; those that drip are cut off; more than the system lets it open, it goes on',
      [
        ['test/http/limits.test.ts', 'lets slow uploads keep nobody else waiting'],
        ['test/faults/rows/open-files.fault.ts', 'when it may open no more files'],
        ['src/domain/paced.test.ts', 'gives up a source that drips'],
      ],
    ],
    [
      36,
      'an honest slow upload',
      'Goes on as long as it keeps a pace',
      [['src/domain/paced.test.ts', 'waits for one that keeps the pace']],
    ],
    [
      37,
      '20 identical uploads at once',
      'One file, one video, one job',
      [videos('twenty identical uploads at once')],
    ],
    [
      38,
      'sender goes midway',
      'Nothing left',
      [videos('leaves nothing of an upload whose sender goes midway')],
    ],
    [
      39,
      'malformed multipart',
      '400, nothing left',
      [videos('a body that is no multipart'), videos('no boundary'), videos('a body that breaks off')],
    ],
    [
      40,
      'addresses of this machine and its network',
      'Resolved once, checked, and that address connected to; redirects alike',
      [
        guarded('never lets an address of a private network through'),
        guarded('connects to what it checked'),
        guarded('refuses a redirect to what it would have refused itself'),
      ],
    ],
  ]),
  ...rows('Compute', [
    [
      41,
      'encoder killed or out of memory',
      'A new thread takes its place, the work is done again once; the API goes on',
      [
        ['src/adapters/worker-thread/worker-thread.test.ts', 'does again what a thread was doing'],
        ['src/adapters/worker-thread/worker-thread.test.ts', 'does not do for ever what kills every thread'],
      ],
    ],
    [
      42,
      'a video that ends the process each time',
      'Poisoned after five beginnings',
      [queue('leaves alone what ended the process too often')],
    ],
    [
      43,
      'NaN, infinite, zero, wrong-size vector',
      'Refused before it is stored, and before an index sees it',
      [
        ['src/app/ingest-video.test.ts', 'refuses a vector that is no vector'],
        ['test/contract/clip-index.test.ts', 'refuses a vector of NaN'],
        ['test/contract/clip-index.test.ts', 'refuses a vector of nothing but zeros'],
      ],
    ],
    [
      44,
      'deleted during a search, added again',
      'Never returned once deleted',
      [
        ['test/contract/clip-index.test.ts', 'never finds a removed clip'],
        ['test/contract/clip-index.test.ts', 'takes a removed clip back'],
        videos('comes back with the same content'),
      ],
    ],
    [
      45,
      'search during encoding',
      'Encoding runs in threads of its own',
      [['test/event-loop.test.ts', 'goes on while videos are encoded']],
    ],
    [
      46,
      'SIGTERM under load',
      'What was asked is answered, jobs end or go back into the queue',
      [
        ['src/cli/http-service.test.ts', 'answers what it has been asked'],
        ['src/app/jobs/job-runner.test.ts', 'puts back what is not done in time'],
      ],
    ],
    [
      47,
      'database restarted midway (PostgreSQL)',
      '503 until it is back, nothing written twice',
      [],
      {
        reason:
          'Belongs to the PostgreSQL catalog and its contract tests; SQLite is in this process and cannot restart alone.',
      },
    ],
  ]),
  ...rows('Language model and streams', [
    [
      48,
      'down, hanging, busy, malformed, cut',
      'A typed event; tried again where that helps; a circuit breaker',
      [
        upstream('ends in time, and leaves nothing running'),
        upstream('busy-once: is tried again'),
        upstream('leaves a server alone that fails again and again'),
        upstream('nothing listens'),
      ],
    ],
    [
      49,
      'client leaves',
      'The request upstream ends within a second',
      [upstream('ends the request within a second')],
    ],
    [
      50,
      'slow reader',
      'A bounded buffer, then it is told that it is too far behind',
      [
        ['src/http/ask/answer-stream.test.ts', 'takes no more from an answer than its reader takes'],
        ['src/http/ask/answer-stream.test.ts', 'keeps what fits'],
      ],
    ],
    [
      51,
      'orders hidden in titles and captions',
      'They change neither the form of a prompt nor an answer; no address is passed on',
      [
        ['test/http/injection.test.ts', 'does nothing when the model obeys it'],
        ['test/http/injection.test.ts', 'does not change the form'],
        ['src/app/answers/plain-text.test.ts', 'lets no address through'],
      ],
    ],
  ]),
  ...rows('Models', [
    [
      52,
      'pickles that run things',
      'An allow-list that calls nothing: refused, naming what they name',
      [pickles('refuses os.system and runs nothing'), pickles('named through STACK_GLOBAL')],
      { campaign: 'checkpoints' },
    ],
    [
      53,
      'zip bombs, entries twice, over one another, damaged',
      'Nothing is inflated; refused',
      [
        ['src/model/torch-checkpoint/zip-archive.test.ts', 'so no zip bomb can go off'],
        ['src/model/torch-checkpoint/zip-archive.test.ts', 'a name that is there twice'],
      ],
      { campaign: 'checkpoints' },
    ],
    [
      54,
      'tensors outside their storage, over one another, too large to count',
      'Refused, naming the tensor',
      [
        pickles('a tensor beyond its storage'),
        pickles('a shape that overflows'),
        ['src/model/safetensors.test.ts', 'overlapping tensors'],
      ],
      { campaign: 'checkpoints' },
    ],
    [
      55,
      'weights that are NaN or of another shape',
      'Refused, naming the tensor',
      [
        ['src/adapters/encoder-onnx/onnx-engine.test.ts', 'names the tensor whose shape does not fit'],
        ['src/model/write-bundle.test.ts', 'leaves the old bundle and no litter when the new one is faulty'],
      ],
    ],
    [
      56,
      'bundle paths that leave the bundle',
      'Refused',
      [
        ['src/model/safetensors.test.ts', 'refuses a symbolic link'],
        ['src/model/write-bundle.test.ts', 'weights behind a symbolic link'],
      ],
    ],
  ]),
  ...rows('API', [
    [
      57,
      'deep or huge JSON, lone surrogates',
      '400 or 413; text as it is',
      [
        videos('refuses metadata of 150000 levels'),
        ['test/http/api.test.ts', 'refuses a huge body'],
        ['test/http/api.test.ts', 'takes any characters for words'],
      ],
    ],
    [
      58,
      '`%`, `_`, `"`, `NEAR(` in queries',
      'Words and nothing else',
      [['test/http/search.test.ts', 'for a word and nothing else']],
    ],
    [
      59,
      'script in titles',
      'Text in every place; a policy that runs none',
      [
        ['test/page/page.test.ts', 'says in plain words what is wrong with a file'],
        ['test/page/page.test.ts', 'shows hostile titles as text'],
        ['test/http/limits.test.ts', 'carries a request id and security headers'],
      ],
    ],
    [
      60,
      'line breaks in headers, file names, events',
      'Cannot forge a line',
      [
        ['test/http/limits.test.ts', 'could forge a line of a log'],
        ['test/http/injection.test.ts', 'does not break out of an event'],
        videos('stores by id only'),
      ],
    ],
    [
      61,
      'every route with no key, a bad one, a revoked one, another scope',
      'One guard before all routes',
      [
        access('opens to the keys it is meant for'),
        access('refused from the moment it is revoked'),
        access('says which scope it lacks'),
      ],
    ],
    [
      62,
      'comparison of keys by time',
      'SHA-256 of the secret, compared in constant time',
      [['src/app/access/api-key-text.test.ts', 'matches its own hash only']],
      { reason: 'The time itself is not measured: `timingSafeEqual` is the promise.' },
    ],
    [
      63,
      'foreign pages (CSRF, CORS), DNS rebinding',
      'Only origins that are listed; only our own names',
      [access('when its origin is listed'), access('cannot give its own name to our address')],
    ],
    [
      64,
      'secrets in logs',
      'None',
      [
        access('never reaches the log'),
        ['src/adapters/language-openai/upstream-errors.test.ts', 'keeps the key out of the log'],
        programs('does not show our secrets'),
      ],
    ],
  ]),
];

type ShortRow = readonly [
  row: number,
  fault: string,
  does: string,
  tests: readonly NamedTest[],
  more?: Pick<FaultRow, 'campaign' | 'figure' | 'reason'>,
];

function rows(area: FaultRow['area'], short: readonly ShortRow[]): FaultRow[] {
  return short.map(([row, fault, does, tests, more = {}]) => ({ row, area, fault, does, tests, ...more }));
}
