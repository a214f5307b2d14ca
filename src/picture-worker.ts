/** Entry of the thread that makes clips ready to be sent to an encoder. */
export { pictures } from './adapters/encoder-http/picture-operations.js';
