import { SharpImageReader } from '../../src/adapters/images-sharp/sharp-image-reader.js';
import { describeImageReader } from './image-reader.contract.js';

describeImageReader('SharpImageReader', () => new SharpImageReader());
