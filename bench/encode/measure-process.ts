/** Measures the bundle in the folder it is given and sends the result to its parent: `fork`ed by `measureApart`. */
import { measure } from './measure.js';

const [bundleFolder, seconds, fewestRounds] = process.argv.slice(2);
process.send!(await measure(bundleFolder!, Number(seconds), Number(fewestRounds)));
process.disconnect();
