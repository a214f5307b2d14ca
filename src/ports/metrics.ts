export interface AnsweredRequest {
  method: string;
  /** The route as it is registered, never the path that was asked for: that would be a series of its own for each video. */
  route: string;
  status: number;
  durationMs: number;
}

/** What the service tells those who watch over it. */
export interface Metrics {
  recordRequest(request: AnsweredRequest): void;
  /** A step of the work: `encode-text`, `search-index`, `decode`. */
  recordStage(stage: string, durationMs: number): void;
  /** Everything so far, as text of the type that goes with it. */
  report(): Promise<{ contentType: string; text: string }>;
}
