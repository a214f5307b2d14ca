CREATE TABLE `clips` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`video_id` text NOT NULL,
	`start_seconds` real NOT NULL,
	`end_seconds` real NOT NULL,
	`model_fingerprint` text NOT NULL,
	`vector` blob NOT NULL,
	`checksum` blob NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `videos`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `clips_video_id` ON `clips` (`video_id`);--> statement-breakpoint
CREATE INDEX `clips_model_fingerprint` ON `clips` (`model_fingerprint`);--> statement-breakpoint
CREATE TABLE `index_files` (
	`name` text PRIMARY KEY NOT NULL,
	`size_bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`clip_count` integer NOT NULL,
	`model_fingerprint` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `videos` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`content_hash` text NOT NULL,
	`title` text NOT NULL,
	`source_path` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`container` text NOT NULL,
	`codec` text NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`duration_seconds` real NOT NULL,
	`frame_count` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `videos_id_unique` ON `videos` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `videos_content_hash_unique` ON `videos` (`content_hash`);