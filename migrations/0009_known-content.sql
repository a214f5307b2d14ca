CREATE TABLE `__new_idempotency_keys` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`job_id` text,
	`video_id` text,
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`video_id`) REFERENCES `videos`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
INSERT INTO `__new_idempotency_keys`("sequence", "key", "request_hash", "job_id", "video_id") SELECT "sequence", "key", "request_hash", "job_id", NULL FROM `idempotency_keys`;--> statement-breakpoint
DROP TABLE `idempotency_keys`;--> statement-breakpoint
ALTER TABLE `__new_idempotency_keys` RENAME TO `idempotency_keys`;--> statement-breakpoint
CREATE UNIQUE INDEX `idempotency_keys_key_unique` ON `idempotency_keys` (`key`);--> statement-breakpoint
CREATE INDEX `idempotency_keys_job_id` ON `idempotency_keys` (`job_id`);--> statement-breakpoint
CREATE INDEX `idempotency_keys_video_id` ON `idempotency_keys` (`video_id`);