CREATE TABLE `edge_clip_sets` (
	`video_id` text NOT NULL,
	`model_fingerprint` text NOT NULL,
	`checksum` text NOT NULL,
	PRIMARY KEY(`video_id`, `model_fingerprint`),
	FOREIGN KEY (`video_id`) REFERENCES `videos`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `edge_clip_sets_model_fingerprint` ON `edge_clip_sets` (`model_fingerprint`);--> statement-breakpoint
CREATE TABLE `edge_library` (
	`id` integer PRIMARY KEY NOT NULL,
	`push` integer NOT NULL,
	`version` integer NOT NULL,
	`model` text,
	`relevance` text,
	`captions` text,
	`caption_vectors` blob,
	`facts_checksum` text,
	`pushed_at_ms` integer
);
--> statement-breakpoint
CREATE TABLE `edge_staged_blocks` (
	`video_id` text NOT NULL,
	`part` integer NOT NULL,
	`clip_ids` blob NOT NULL,
	`scales` blob NOT NULL,
	`errors` blob NOT NULL,
	`codes` blob NOT NULL,
	PRIMARY KEY(`video_id`, `part`)
);
--> statement-breakpoint
CREATE TABLE `edge_staged_clips` (
	`id` integer PRIMARY KEY NOT NULL,
	`video_id` text NOT NULL,
	`start_seconds` real NOT NULL,
	`end_seconds` real NOT NULL,
	`vector` blob NOT NULL,
	`checksum` blob NOT NULL,
	`caption` text,
	`caption_model` text,
	`caption_created_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `edge_staged_clips_video_id` ON `edge_staged_clips` (`video_id`);--> statement-breakpoint
CREATE TABLE `edge_upload_parts` (
	`content_hash` text NOT NULL,
	`part` integer NOT NULL,
	`sha256` text NOT NULL,
	`etag` text NOT NULL,
	PRIMARY KEY(`content_hash`, `part`),
	FOREIGN KEY (`content_hash`) REFERENCES `edge_uploads`(`content_hash`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `edge_uploads` (
	`content_hash` text PRIMARY KEY NOT NULL,
	`upload_id` text NOT NULL,
	`part_bytes` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `edge_vector_blocks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`video_id` text NOT NULL,
	`model_fingerprint` text NOT NULL,
	`clip_ids` blob NOT NULL,
	`scales` blob NOT NULL,
	`errors` blob NOT NULL,
	`codes` blob NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `videos`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `edge_vector_blocks_video_id` ON `edge_vector_blocks` (`video_id`,`model_fingerprint`);--> statement-breakpoint
CREATE INDEX `edge_vector_blocks_model_fingerprint` ON `edge_vector_blocks` (`model_fingerprint`);--> statement-breakpoint
CREATE TABLE `edge_videos` (
	`video_id` text PRIMARY KEY NOT NULL,
	`checksum` text NOT NULL,
	`picture_key` text,
	`pictures` text DEFAULT '[]' NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `videos`(`id`) ON UPDATE no action ON DELETE cascade
);
