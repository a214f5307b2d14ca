import { Piscina } from 'piscina';
import { decoderOperations } from './adapters/decoder-onnx/decoder-operations.js';

/** Entry of the thread that holds a decoder: `DecoderLanguageModel` starts it and calls what it exports. */
export const { load, read, next, forget, close } = decoderOperations(Piscina.workerData);
