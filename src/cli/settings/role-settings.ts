import { z } from 'zod';
import { list, optionalText, type Setting, text } from './setting.js';

export const ROLES = ['all', 'api', 'encoder'] as const;
export type Role = (typeof ROLES)[number];

/** What a library that outgrew one process is spread over. */
export const ROLE_SETTINGS = {
  role: {
    ...text(
      {
        variable: 'VIDERE_ROLE',
        flag: 'role',
        description:
          'What the server does: all; api, which has encoders elsewhere; encoder, which has no library',
      },
      'all',
    ),
    accepts: `one of ${ROLES.join(', ')}`,
    schema: () => z.enum(ROLES),
    defaultValue: (): Role => 'all',
  },
  encoders: list(
    {
      variable: 'VIDERE_ENCODERS',
      description: 'Addresses of the encoders that the role api asks, as http://encoder-1:7330',
    },
    'addresses',
    z.string().min(1),
  ),
  encoderKey: optionalText(
    {
      variable: 'VIDERE_ENCODER_KEY',
      description: 'API key that encoders ask for, and that is sent to them',
      defaultText: 'none',
      isSecret: true,
    },
    'an API key, as `videre keys draw` prints it',
  ),
  edgePushKey: optionalText(
    {
      variable: 'VIDERE_EDGE_PUSH_KEY',
      description: 'Key that `videre edge push` shows to a Worker, which has it as its secret of this name',
      defaultText: 'none',
      isSecret: true,
    },
    'a key, as `videre keys draw` prints it',
  ),
  s3Endpoint: optionalText(
    {
      variable: 'VIDERE_S3_ENDPOINT',
      description: 'Address of an S3-compatible store that keeps the media',
      defaultText: 'none: the media are in the data folder',
      isPassedOn: true,
    },
    'an address',
  ),
  s3Bucket: optionalText(
    {
      variable: 'VIDERE_S3_BUCKET',
      description: 'Bucket of that store',
      defaultText: 'none; needed with an address',
      isPassedOn: true,
    },
    'the name of a bucket',
  ),
  s3Prefix: optionalText(
    {
      variable: 'VIDERE_S3_PREFIX',
      description: 'Begins the names of all objects of the library, as `videre/`',
      defaultText: 'none',
      isPassedOn: true,
    },
    'a text',
  ),
  s3Region: optionalText(
    {
      variable: 'VIDERE_S3_REGION',
      description: 'Region of that store, where it has some',
      defaultText: '`us-east-1`',
      isPassedOn: true,
    },
    'a region',
  ),
  s3AccessKey: optionalText(
    {
      variable: 'AWS_ACCESS_KEY_ID',
      description: 'Who asks that store',
      defaultText: 'none; needed with an address',
      isPassedOn: true,
    },
    'an access key',
  ),
  s3SecretKey: optionalText(
    {
      variable: 'AWS_SECRET_ACCESS_KEY',
      description: 'The secret of that access key',
      defaultText: 'none; needed with an address',
      isSecret: true,
      isPassedOn: true,
    },
    'a secret key',
  ),
} as const satisfies Record<string, Setting<unknown>>;
