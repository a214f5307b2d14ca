import { expect, it } from 'vitest';
import { isLoopback } from './loopback.js';

it.each([
  'localhost',
  'LOCALHOST',
  'videre.localhost',
  '127.0.0.1',
  '127.1.2.3',
  '::1',
  '[::1]',
  '::ffff:127.0.0.1',
])('%s is this machine alone', (address) => {
  expect(isLoopback(address)).toBe(true);
});

it.each([
  '0.0.0.0',
  '::',
  '192.168.1.2',
  '127.0.0.1.example.org',
  'localhost.example.org',
  'notlocalhost',
  '::ffff:10.0.0.1',
  '',
])('%j can be reached by others', (address) => {
  expect(isLoopback(address)).toBe(false);
});
