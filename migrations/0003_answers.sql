CREATE TABLE `captions` (
	`clip_id` integer PRIMARY KEY NOT NULL,
	`text` text NOT NULL,
	`model` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`clip_id`) REFERENCES `clips`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `conversation_turns` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`conversation_id` text NOT NULL,
	`question` text NOT NULL,
	`answer` text NOT NULL,
	`clip_ids` text NOT NULL,
	FOREIGN KEY (`conversation_id`) REFERENCES `conversations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `conversation_turns_conversation_id` ON `conversation_turns` (`conversation_id`,`sequence`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`id` text PRIMARY KEY NOT NULL,
	`last_use` integer NOT NULL,
	`video_id` text,
	`clip_id` integer,
	FOREIGN KEY (`video_id`) REFERENCES `videos`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`clip_id`) REFERENCES `clips`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `conversations_last_use` ON `conversations` (`last_use`);--> statement-breakpoint
CREATE INDEX `conversations_video_id` ON `conversations` (`video_id`);--> statement-breakpoint
CREATE INDEX `conversations_clip_id` ON `conversations` (`clip_id`);