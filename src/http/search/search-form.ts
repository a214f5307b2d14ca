import { readFile } from 'node:fs/promises';
import { RequestError } from '../problem.js';
import { type Form, type FormDependencies, requestField, withForm } from '../read-form.js';
import type { QueryFiles } from './search-query.js';
import { type SearchBody, searchRequestSchema } from './search-schema.js';

const MEBIBYTE = 1024 * 1024;
/** A picture is read into memory. A clip to search with is seconds long; a whole film belongs into the library. */
const FILES = {
  image: { maxFiles: 1, maxBytes: 32 * MEBIBYTE },
  clip: { maxFiles: 1, maxBytes: 256 * MEBIBYTE },
};

/** Gives what a form asks for, and its files, to `search`. */
export type ReadSearchForm = <Result>(
  request: Request,
  search: (body: SearchBody, files: QueryFiles) => Promise<Result>,
) => Promise<Result>;

/** Searches as forms, whose files lie on disk while they are worked on. */
export function searchForms(dependencies: FormDependencies): ReadSearchForm {
  return (request, search) =>
    withForm(request, dependencies, FILES, async (form) => search(formBody(form), await formFiles(form)));
}

/** @throws RequestError, AppError `invalid-input`. */
function formBody({ fields }: Form): SearchBody {
  const parsed = searchRequestSchema.safeParse(requestField(fields));
  if (parsed.success) return parsed.data;
  throw new RequestError('form.request', parsed.error);
}

async function formFiles({ files }: Form): Promise<QueryFiles> {
  const image = files.get('image')?.[0];
  const clip = files.get('clip')?.[0];
  return {
    ...(image === undefined ? {} : { image: await readFile(image) }),
    ...(clip === undefined ? {} : { clip }),
  };
}
