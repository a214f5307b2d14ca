import { resolve } from 'node:path';
import { z } from 'zod';

/** One thing that can be set: by a flag, in the environment, or in the file. */
export interface Setting<Value> {
  /** In the environment. */
  variable: string;
  /** On the command line of the commands it concerns, without the dashes. */
  flag?: string;
  description: string;
  /** What it takes, to be read after "takes". */
  accepts: string;
  /** Reads the text of a flag or variable and the JSON of a file; paths are relative to `folder`. */
  schema: (folder: string) => z.ZodType<Value>;
  defaultValue: (environment: NodeJS.ProcessEnv) => Value;
  /** The default in words, where it depends on the machine. */
  defaultText?: string;
  /** Never shown. */
  isSecret?: true;
  /** Read from the environment where it is used, in adapters and worker threads, which know no file. */
  isPassedOn?: true;
}

type About = Pick<Setting<unknown>, 'variable' | 'description'> &
  Partial<Pick<Setting<unknown>, 'flag' | 'defaultText' | 'isSecret' | 'isPassedOn'>>;

export function path(
  about: About,
  defaultValue: (environment: NodeJS.ProcessEnv) => string,
): Setting<string> {
  return {
    ...about,
    accepts: 'a path',
    schema: (folder) =>
      z
        .string()
        .min(1)
        .transform((text) => resolve(folder, text)),
    defaultValue: (environment) => resolve(defaultValue(environment)),
  };
}

export function optionalPath(about: About): Setting<string | undefined> {
  return { ...path(about, () => '.'), defaultValue: () => undefined };
}

export function text(about: About, defaultValue: string): Setting<string> {
  return { ...about, accepts: 'a text', schema: () => z.string().min(1), defaultValue: () => defaultValue };
}

export function optionalText(about: About, accepts = 'a text'): Setting<string | undefined> {
  return { ...about, accepts, schema: () => z.string().min(1), defaultValue: () => undefined };
}

const wholeNumberText = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

export function wholeNumber<Default extends number | undefined>(
  about: About,
  [least, most]: readonly [number, number],
  defaultValue: Default,
): Setting<number | Default> {
  return {
    ...about,
    accepts: `a whole number from ${least} to ${most}`,
    schema: () => z.union([z.int(), wholeNumberText]).pipe(z.int().min(least).max(most)),
    defaultValue: () => defaultValue,
  };
}

const numberText = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/)
  .transform(Number);

/** Of seconds, above zero. */
export function optionalSeconds(about: About): Setting<number | undefined> {
  return {
    ...about,
    accepts: 'a number of seconds above 0',
    schema: () => z.union([z.number(), numberText]).pipe(z.number().positive()),
    defaultValue: () => undefined,
  };
}

export function onOrOff(about: About, defaultValue: boolean): Setting<boolean> {
  return {
    ...about,
    accepts: 'true or false',
    schema: () => z.union([z.boolean(), z.stringbool()]),
    defaultValue: () => defaultValue,
  };
}

/** In a flag or variable, commas part the items. */
export function list<Item extends string>(
  about: About,
  accepts: string,
  item: z.ZodType<Item, string>,
): Setting<readonly Item[]> {
  const parts = z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
  return {
    ...about,
    accepts,
    schema: () => z.union([z.array(z.string()), parts]).pipe(z.array(item)),
    defaultValue: () => [],
  };
}
