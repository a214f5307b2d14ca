import { stripVTControlCharacters } from 'node:util';
import { renderUsage, runCommand, runMain } from 'citty';
import { reportError } from './cli/report-error.js';
import { processTerminal } from './cli/terminal.js';
import { EXAMPLES, videreCommand } from './cli/videre-command.js';

const HELP_FLAGS = ['--help', '-h'];
const VERSION_FLAGS = ['--version', '-v'];

/** The command line: `videre COMMAND ...`. Leaves the exit code in `process.exitCode`. */
export async function main(commandLine: readonly string[]): Promise<void> {
  const rawArgs = commandLine.length === 0 ? ['--help'] : [...commandLine];
  const asksForHelp = rawArgs.some((argument) => HELP_FLAGS.includes(argument));
  if (asksForHelp || VERSION_FLAGS.includes(rawArgs[0]!)) {
    await runMain(videreCommand, { rawArgs, showUsage });
    return;
  }
  try {
    await runCommand(videreCommand, { rawArgs });
  } catch (error) {
    reportError(processTerminal(), error, rawArgs.includes('--json'));
  }
}

/** citty colours its text on a pipe as well. */
const showUsage: typeof import('citty').showUsage = async (command, parent) => {
  const usage = await renderUsage(command, parent);
  const isRoot = parent === undefined;
  const text = `${usage}\n${isRoot ? `\n${EXAMPLES}` : ''}`;
  process.stdout.write(process.stdout.isTTY ? text : stripVTControlCharacters(text));
};

await main(process.argv.slice(2));
