import { expect, onTestFinished } from 'vitest';
import { IMPORT_JOB, importJob } from '../../src/app/archive/import-job.js';
import { JobRunner, type JobRunnerOptions } from '../../src/app/jobs/job-runner.js';
import { INGEST_JOB } from '../../src/app/videos/ingest-request.js';
import { processVideo } from '../../src/app/videos/process-video.js';
import type { HttpDependencies } from '../../src/http/create-app.js';
import type { JobBody } from '../../src/http/jobs/job-schema.js';
import type { VideoBody } from '../../src/http/videos/video-schema.js';
import { colourService } from './colour-service.js';
import type { VideoScript } from './colour-world.js';

export interface AcceptedBody {
  video: VideoBody | null;
  job: JobBody | null;
}

/** The HTTP API on a library of the colour world whose jobs are done, as in a server. */
export async function workingService(
  given: Partial<HttpDependencies> = {},
  runnerOptions: Partial<JobRunnerOptions> = {},
) {
  const service = await colourService(given);
  const { app, library } = service;
  const { jobs } = library;
  const intake = given.intake ?? library.intake;
  const runner = new JobRunner({
    queue: jobs,
    handlers: {
      [INGEST_JOB]: processVideo({ ...library, intake }),
      [IMPORT_JOB]: importJob({
        ...library,
        captions: library.answers.captions,
        model: library.videoEncoder.model,
      }),
    },
    logFailure: () => {},
    ...runnerOptions,
  });
  await runner.start(true);
  onTestFinished(async () => {
    await runner.drain(0);
  });

  const get = async <Body>(path: string) => (await (await app.request(path)).json()) as Body;
  /** The job as it is when it has ended. */
  const ended = async (jobId: string): Promise<JobBody> => {
    const signal = AbortSignal.timeout(20_000);
    for await (const _ of jobs.events(jobId, 0, signal));
    return get<JobBody>(`/v1/jobs/${jobId}`);
  };
  /** Uploads a video of the colour world; the job is under way then. */
  const upload = async (script: VideoScript, fields: Record<string, string> = {}, headers = {}) => {
    const response = await app.request('/v1/videos', {
      method: 'POST',
      body: videoForm(JSON.stringify(script), fields),
      headers,
    });
    return { response, body: (await response.json()) as AcceptedBody };
  };
  /** Uploads one and waits until it is ready. */
  const uploadReady = async (script: VideoScript, fields: Record<string, string> = {}) => {
    const { response, body } = await upload(script, fields);
    expect(response.status).toBe(202);
    expect(await ended(body.job!.id)).toMatchObject({ state: 'succeeded' });
    return get<VideoBody>(`/v1/videos/${body.video!.id}`);
  };
  return { ...service, runner, get, ended, upload, uploadReady };
}

export function videoForm(content: string, fields: Record<string, string> = {}, name = 'film.mp4'): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([content]), name);
  return form;
}
