/** Mebibytes as people say them: `812 MiB`, `63.3 GiB`, `1.8 TiB`. */
export function size(mebibytes: number): string {
  const units = ['MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, mebibytes < 1 ? 0 : Math.floor(Math.log2(mebibytes) / 10));
  const value = mebibytes / 1024 ** step;
  return `${step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** Of 0 to 1: `99.5 %`. */
export function share(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
