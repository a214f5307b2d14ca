import { readFileSync } from 'node:fs';
import type { CampaignName } from './campaigns.js';
import { catalogue, type FaultRow, type NamedTest } from './catalogue.js';
import type { RowState } from './run-rows.js';

/** What was measured, as `npm run test:faults -- --record` keeps it. */
export interface RecordedFaults {
  measuredOn: string;
  rows: Record<string, RowState>;
  campaigns: Partial<Record<CampaignName, RecordedCampaign>>;
}

export interface RecordedCampaign {
  cases: number;
  violations: number;
  outcomes: Record<string, number>;
  figures: Record<string, number>;
}

export const RECORD = 'bench/results/faults.json';

export function readRecord(): RecordedFaults {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as RecordedFaults;
}

const BEFORE = `# What can go wrong

Every row is a fault that was thought of, with what Videre does then and the tests that show it. This page is made of
\`test/faults/catalogue.ts\` and of what was measured (\`${RECORD}\`); \`npm run docs\` writes it anew.

\`\`\`sh
npm run test:faults                          # every row, and a sample of each campaign
npm run test:faults -- rows                  # the rows
npm run test:faults -- media --slice 3/10    # a tenth of 10,000 media files; goes on where it was broken off
npm run test:faults -- checkpoints --json    # results as JSON
\`\`\`

## How media programs are boxed

ffmpeg and ffprobe see bytes of strangers, so they are held as if they were hostile:

| limit | what |
|---|---|
| time | each program has a deadline that goes by what it has to do; it is killed with its process group |
| memory | 512 MiB to look into a file; to decode, 384 MiB and 48 bytes a pixel: 483 MiB for full HD, 1.9 GiB for 8K |
| files | writes none (limit of 0 bytes), opens 64 at most, leaves no image of its memory |
| input | protocol \`file\` only; demuxers that read one file and nothing else; decoders of cameras, phones, browsers and editors |
| pictures | 33,554,432 pixels (8K), 5,000,000 frames, a week |
| surroundings | no shell sees a name; no secret in the environment; started by a small process that ends with the server, and them with it |

A network namespace is not used: without root it needs user namespaces, which containers often forbid. That nothing is asked
of the network is what the traced test of row 29 shows.
`;

const AFTER = `
## What this does not show

- A bit that flips in the write-ahead log ends it there for SQLite, without a word: what was committed after that point and not
  yet moved into the file is gone. The log is moved into the file every 1,000 pages, so this is minutes of work; a copy on
  another disk is the only help (\`videre backup\`).
- Titles, descriptions and tags have no checksum: a flipped bit there is a changed letter. Vectors, times and the video a
  clip belongs to have one.
- What a disk does that lies about fsync cannot be seen from here.
`;

/** What the crash tests have shown, which have a command and a log of their own. */
function crashSentence(): string {
  const read = (path: string) =>
    (JSON.parse(readFileSync(path, 'utf8')) as { results: Record<string, number> }).results;
  const random = read('bench/results/crash.json');
  const exhaustive = read('bench/results/crash-exhaustive.json');
  const violations = random['crash.violations']! + exhaustive['crash.exhaustive.violations']!;
  return `Rows 1 to 4, 7 and 16 go by the crash tests: ${random['crash.runs']} ends at random instants (\`npm run test:crash\`) and ${exhaustive['crash.exhaustive.kills']} of ${exhaustive['crash.exhaustive.instants']} enumerated ones (\`--exhaustive\`), ${violations} violations.\n`;
}

/** `docs/reliability.md`. */
export function reliabilityPage(record: RecordedFaults): string {
  const areas = [...new Set(catalogue.map(({ area }) => area))];
  const tables = areas.map((area) => {
    const lines = catalogue.filter((row) => row.area === area).map((row) => rowLine(row, record));
    return `### ${area}\n\n| row | fault | what Videre does | shown by | figure |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return [BEFORE, campaignTable(record), crashSentence(), `## Row by row\n\n${tables.join('\n')}`, AFTER]
    .join('\n')
    .replaceAll('\n\n\n', '\n\n');
}

function rowLine(row: FaultRow, record: RecordedFaults): string {
  const shown = row.tests.length === 0 ? row.reason! : [...new Set(row.tests.map(testFile))].join(', ');
  const campaign = row.campaign && record.campaigns[row.campaign];
  const figure = [
    ...(campaign === undefined ? [] : [`${thousands(campaign.cases)} cases, ${campaign.violations} wrong`]),
    ...(row.figure === undefined ? [] : [row.figure]),
    record.rows[row.row] ?? 'not run',
  ];
  const note = row.tests.length > 0 && row.reason !== undefined ? ` ${row.reason}` : '';
  return `| ${row.row} | ${row.fault} | ${row.does}.${note} | ${shown} | ${figure.join('; ')} |`;
}

const testFile = ([file]: NamedTest): string => `\`${file}\``;

const CAMPAIGNS: Record<CampaignName, string> = {
  index: 'index files spoilt or exchanged: none may be read, answers must be those of an exact search',
  database: 'single bits of a library’s database flipped, in its file or its log',
  media: 'videos damaged, and texts that pretend to be videos, read as an ingest does',
  checkpoints: 'checkpoints that want to run, reach or fill something, and honest ones',
};

function campaignTable({ measuredOn, campaigns }: RecordedFaults): string {
  const lines = Object.entries(CAMPAIGNS).map(([name, what]) => {
    const campaign = campaigns[name as CampaignName];
    if (campaign === undefined) return `| ${name} | ${what} | 0 | | | |`;
    const ended = Object.entries(campaign.outcomes)
      .sort(([, left], [, right]) => right - left)
      .map(([kind, count]) => `${thousands(count)} ${kind}`);
    const figures = Object.entries(campaign.figures).map(([figure, value]) => `${figure} ${value}`);
    return `| ${name} | ${what} | ${thousands(campaign.cases)} | ${campaign.violations} | ${ended.join('; ')} | ${figures.join('; ')} |`;
  });
  return `## In bulk\n\nOn ${measuredOn}. A case that ends the process, hangs, answers wrongly or throws an untyped error is wrong.\n\n| campaign | cases | run | wrong | how they ended | figures |\n|---|---|---|---|---|---|\n${lines.join('\n')}\n`;
}

function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
