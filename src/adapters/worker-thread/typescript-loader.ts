/**
 * What Node needs on its command line to run a module of ours: nothing for JavaScript. Neither a thread nor a process
 * inherits the loader of its parent (tsx, vitest), so TypeScript brings its own: as `--import` of a module that registers
 * it, because `--import tsx` only does so on a main thread, and a bare name would be looked up from the folder the
 * program was started in.
 */
export function loaderFor(module: URL): string[] {
  if (!module.pathname.endsWith('.ts')) return [];
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  return ['--import', `data:text/javascript,import{register}from${encodeURIComponent(api)};register()`];
}
