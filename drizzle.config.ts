import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/adapters/catalog-sqlite/schema/*.ts',
  out: './migrations',
});
