/** The entries of threads: TypeScript in a clone, JavaScript once built. */
export const workerModule = moduleNamed('engine-worker');
export const indexThreadModule = moduleNamed('index-worker');
export const modelThreadModule = moduleNamed('model-worker');
export const decoderThreadModule = moduleNamed('decoder-worker');
export const pictureThreadModule = moduleNamed('picture-worker');

function moduleNamed(name: string): URL {
  return new URL(`../${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
}
