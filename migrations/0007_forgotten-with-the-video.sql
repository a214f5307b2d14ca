CREATE TABLE `turn_videos` (
	`turn` integer NOT NULL,
	`video_id` text NOT NULL,
	PRIMARY KEY(`video_id`, `turn`),
	FOREIGN KEY (`turn`) REFERENCES `conversation_turns`(`sequence`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`video_id`) REFERENCES `videos`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `turn_videos_turn` ON `turn_videos` (`turn`);--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `video_id` text REFERENCES videos(id) ON DELETE cascade;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_video_id` ON `webhook_deliveries` (`video_id`);--> statement-breakpoint
-- What is left of videos that were deleted before.
DELETE FROM `webhook_deliveries` WHERE json_extract(`body`, '$.data.videoId') NOT IN (SELECT `id` FROM `videos`);--> statement-breakpoint
UPDATE `webhook_deliveries` SET `video_id` = json_extract(`body`, '$.data.videoId');--> statement-breakpoint
DELETE FROM `conversation_turns` WHERE EXISTS (SELECT 1 FROM json_each(`clip_ids`) WHERE `value` NOT IN (SELECT `id` FROM `clips`));--> statement-breakpoint
DELETE FROM `conversations` WHERE `id` NOT IN (SELECT `conversation_id` FROM `conversation_turns`);--> statement-breakpoint
INSERT INTO `turn_videos` SELECT DISTINCT `conversation_turns`.`sequence`, `clips`.`video_id` FROM `conversation_turns`, json_each(`conversation_turns`.`clip_ids`) JOIN `clips` ON `clips`.`id` = `json_each`.`value`;--> statement-breakpoint
-- Words of deleted videos go from the index at once, and those deleted before go now.
INSERT INTO `video_words` (`video_words`, `rank`) VALUES ('secure-delete', 1);--> statement-breakpoint
INSERT INTO `video_words` (`video_words`) VALUES ('optimize');
