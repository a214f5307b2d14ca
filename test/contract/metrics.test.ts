import { PrometheusMetrics } from '../../src/adapters/metrics-prometheus/prometheus-metrics.js';
import { describeMetrics } from './metrics.contract.js';

describeMetrics(
  'PrometheusMetrics',
  (gauges) => new PrometheusMetrics({ info: {}, gauges: async () => gauges() }),
);
