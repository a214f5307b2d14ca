import { describe, expect, it } from 'vitest';
import type { Metrics } from '../../src/ports/metrics.js';

/** What every `Metrics` reports to Prometheus, whose text format is the interface to those who watch. */
export function describeMetrics(name: string, open: (gauges: () => Record<string, number>) => Metrics): void {
  describe(`${name} as Metrics`, () => {
    /** The value of a series, by its name with labels in the order of the alphabet; undefined when there is none. */
    const sampleOf = (text: string, series: string) => {
      const line = text.split('\n').find((candidate) => sortedLabels(candidate).startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
    };

    it('counts requests by route, method and status, and how long they took', async () => {
      const metrics = open(() => ({}));
      const request = { method: 'GET', route: '/v1/videos/{id}', status: 200 };
      for (const durationMs of [3, 40, 1500]) metrics.recordRequest({ ...request, durationMs });
      metrics.recordRequest({ ...request, status: 404, durationMs: 1 });
      const { text, contentType } = await metrics.report();
      expect(contentType).toMatch(/^text\/plain; version=/);
      const labels = 'method="GET",route="/v1/videos/{id}",status="200"';
      const series = (suffix: string, more = '') =>
        sampleOf(text, `videre_http_request_duration_seconds_${suffix}{${more}${labels}}`);
      expect(series('count')).toBe(3);
      expect(series('sum')).toBeCloseTo(1.543);
      expect(series('bucket', 'le="0.005",')).toBe(1);
      expect(series('bucket', 'le="0.05",')).toBe(2);
      expect(series('bucket', 'le="+Inf",')).toBe(3);
      const missed = 'method="GET",route="/v1/videos/{id}",status="404"';
      expect(sampleOf(text, `videre_http_request_duration_seconds_count{${missed}}`)).toBe(1);
    });

    it('counts the steps of the work', async () => {
      const metrics = open(() => ({}));
      metrics.recordStage('decode', 20);
      metrics.recordStage('decode', 30);
      const { text } = await metrics.report();
      expect(sampleOf(text, 'videre_stage_duration_seconds_count{stage="decode"}')).toBe(2);
      expect(sampleOf(text, 'videre_stage_duration_seconds_sum{stage="decode"}')).toBeCloseTo(0.05);
    });

    it('asks for what can be read at any time whenever it reports', async () => {
      let depth = 1;
      const metrics = open(() => ({ queue_depth: depth }));
      expect(sampleOf((await metrics.report()).text, 'videre_queue_depth')).toBe(1);
      depth = 5;
      expect(sampleOf((await metrics.report()).text, 'videre_queue_depth')).toBe(5);
    });

    it('is of one service: two in one process share nothing', async () => {
      const [one, another] = [open(() => ({})), open(() => ({}))];
      one.recordStage('decode', 20);
      const { text } = await another.report();
      expect(sampleOf(text, 'videre_stage_duration_seconds_count{stage="decode"}')).toBeUndefined();
    });
  });
}

function sortedLabels(line: string): string {
  return line.replace(
    /\{(.*)\}/,
    (_, labels: string) =>
      `{${labels
        .split(/,(?=\w+=")/)
        .sort()
        .join(',')}}`,
  );
}
