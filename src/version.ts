/** Version of the package, as `package.json` has it: what runs without files knows it as well. */
export const VERSION = '0.1.0';
