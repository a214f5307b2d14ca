import { bigint, customType } from 'drizzle-orm/pg-core';

/** Bytes; drizzle has no word for them. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** A whole number that a JavaScript number holds exactly. */
export const whole = (name: string) => bigint(name, { mode: 'number' });
