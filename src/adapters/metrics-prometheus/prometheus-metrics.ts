import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AnsweredRequest, Metrics } from '../../ports/metrics.js';

/** From a cached answer to an upload or a long generation, in seconds. */
const BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600,
];

export interface PrometheusOptions {
  /** Constant facts of this process: version, model, kernel. */
  info: Readonly<Record<string, string>>;
  /** Asked at each report: values by name, in words joined by underscores. */
  gauges: () => Promise<Readonly<Record<string, number>>>;
}

/** Metrics in Prometheus' text format, in a registry of their own; with those of Node (memory, event loop delay). */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #stages: Histogram<'stage'>;
  readonly #gauges = new Map<string, Gauge>();
  readonly #readGauges: PrometheusOptions['gauges'];

  constructor({ info, gauges }: PrometheusOptions) {
    const registers = [this.#registry];
    this.#readGauges = gauges;
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'videre_http_request_duration_seconds',
      help: 'Until the answer begins, by route, method and status',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS_SECONDS,
      registers,
    });
    this.#stages = new Histogram({
      name: 'videre_stage_duration_seconds',
      help: 'Steps of the work inside a request or job',
      labelNames: ['stage'],
      buckets: BUCKETS_SECONDS,
      registers,
    });
    new Gauge({
      name: 'videre_info',
      help: 'Always 1; what runs is in the labels',
      labelNames: Object.keys(info),
      registers,
    }).set(info, 1);
  }

  recordRequest({ method, route, status, durationMs }: AnsweredRequest): void {
    this.#requests.observe({ method, route, status }, durationMs / 1000);
  }

  recordStage(stage: string, durationMs: number): void {
    this.#stages.observe({ stage }, durationMs / 1000);
  }

  async report(): Promise<{ contentType: string; text: string }> {
    for (const [name, value] of Object.entries(await this.#readGauges())) this.#gauge(name).set(value);
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #gauge(name: string): Gauge {
    const known = this.#gauges.get(name);
    if (known !== undefined) return known;
    const help = name.replaceAll('_', ' ');
    const gauge = new Gauge({ name: `videre_${name}`, help, registers: [this.#registry] });
    this.#gauges.set(name, gauge);
    return gauge;
  }
}
