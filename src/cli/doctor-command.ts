import { defineCommand } from 'citty';
import type { Finding } from '../app/operations/finding.js';
import { openDoctor } from '../composition/open-doctor.js';
import { AppError } from '../domain/errors.js';
import { readModelSettings, readSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

export const doctorCommand = defineCommand({
  meta: { name: 'doctor', description: 'Check this machine and the library, and say what to do' },
  plugins: [strictFlags],
  args: {
    deep: { type: 'boolean', description: 'Read every page of the database and every vector' },
    port: { type: 'string', valueHint: 'N', description: 'Port that is to be free for videre serve' },
    host: { type: 'string', valueHint: 'ADDRESS', description: 'Address it is to listen on' },
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print the findings as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const findings: Finding[] = [];
    terminal.status('looking ...');
    // A database that does not answer is one of them.
    const settings = await readModelSettings(args).catch(() => readSettings(args));
    for await (const finding of openDoctor(settings, args.deep ?? false)) {
      findings.push(finding);
      if (!args.json) for (const line of findingLines(finding)) terminal.line(line);
    }
    terminal.status('');
    if (args.json) terminal.line(JSON.stringify({ findings }));
    process.exitCode = exitCodeOf(findings);
  },
});

function findingLines({ name, status, detail, advice }: Finding): string[] {
  const lines = [`${status.padEnd(4)}  ${name.padEnd(11)}  ${printable(detail)}`];
  // Below what it is about.
  if (advice !== undefined) lines.push(`${' '.repeat(19)}${printable(advice)}`);
  return lines;
}

/** That of the first failure; warnings are none. */
function exitCodeOf(findings: readonly Finding[]): number {
  const failure = findings.find(({ status }) => status === 'fail');
  return failure === undefined ? 0 : new AppError(failure.code ?? 'internal', failure.detail).exitCode;
}
