import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { problemResponse } from '../problem.js';
import { limitRate, networkOf } from './rate-limit.js';

it('has requests counted elsewhere, by whoever makes them', async () => {
  const counted: string[] = [];
  const app = new Hono();
  app.onError((error, context) => problemResponse(context, error));
  app.use(async (context, next) => {
    // As the guard does: headers that are set from here on reach the response of an error, too.
    void context.res;
    context.set('caller', 'anonymous');
    await next();
  });
  app.use(
    limitRate({
      limit: async ({ key }) => {
        counted.push(key);
        return { success: counted.length < 3 };
      },
    }),
  );
  app.get('/', (context) => context.text('fine'));
  const ask = (address: string) => app.request('/', { headers: { 'cf-connecting-ip': address } });
  expect((await ask('192.0.2.7')).status).toBe(200);
  expect((await ask('2001:db8:1:2:3::4')).status).toBe(200);
  const refused = await ask('192.0.2.7');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('60');
  expect(await refused.json()).toMatchObject({ code: 'rate-limited' });
  expect(counted).toEqual(['address 192.0.2.7', 'address 2001:db8:1:2::/64', 'address 192.0.2.7']);
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
])('takes %s as of %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
