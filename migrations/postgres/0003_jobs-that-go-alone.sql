ALTER TABLE "jobs" ADD COLUMN "is_alone" boolean DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE "jobs" SET "is_alone" = true WHERE "kind" IN ('reembed', 'backup');
