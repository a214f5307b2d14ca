-- The words of each video, for full-text search: one row a video, kept in step by triggers. Written by hand: drizzle has no words for FTS5.
CREATE VIRTUAL TABLE `video_words` USING fts5(
	title, tags, description, captions,
	tokenize = 'porter unicode61 remove_diacritics 2'
);
--> statement-breakpoint
INSERT INTO `video_words` (rowid, title, tags, description, captions)
SELECT
	`sequence`, `title`,
	(SELECT group_concat(value, ' ') FROM json_each(`tags`)),
	`description`,
	(SELECT group_concat(`captions`.`text`, char(10)) FROM `captions` JOIN `clips` ON `clips`.`id` = `captions`.`clip_id` WHERE `clips`.`video_id` = `videos`.`id`)
FROM `videos`;
--> statement-breakpoint
CREATE TRIGGER `video_words_of_new_video` AFTER INSERT ON `videos` BEGIN
	INSERT INTO `video_words` (rowid, title, tags, description)
	VALUES (new.`sequence`, new.`title`, (SELECT group_concat(value, ' ') FROM json_each(new.`tags`)), new.`description`);
END;
--> statement-breakpoint
CREATE TRIGGER `video_words_of_changed_video` AFTER UPDATE OF `title`, `tags`, `description` ON `videos` BEGIN
	UPDATE `video_words`
	SET title = new.`title`, tags = (SELECT group_concat(value, ' ') FROM json_each(new.`tags`)), description = new.`description`
	WHERE rowid = new.`sequence`;
END;
--> statement-breakpoint
CREATE TRIGGER `video_words_of_deleted_video` AFTER DELETE ON `videos` BEGIN
	DELETE FROM `video_words` WHERE rowid = old.`sequence`;
END;
--> statement-breakpoint
CREATE TRIGGER `video_words_of_new_caption` AFTER INSERT ON `captions` BEGIN
	UPDATE `video_words`
	SET captions = (SELECT group_concat(`captions`.`text`, char(10)) FROM `captions` JOIN `clips` ON `clips`.`id` = `captions`.`clip_id` WHERE `clips`.`video_id` = (SELECT `video_id` FROM `clips` WHERE `id` = new.`clip_id`))
	WHERE rowid = (SELECT `sequence` FROM `videos` WHERE `id` = (SELECT `video_id` FROM `clips` WHERE `id` = new.`clip_id`));
END;
--> statement-breakpoint
CREATE TRIGGER `video_words_of_changed_caption` AFTER UPDATE ON `captions` BEGIN
	UPDATE `video_words`
	SET captions = (SELECT group_concat(`captions`.`text`, char(10)) FROM `captions` JOIN `clips` ON `clips`.`id` = `captions`.`clip_id` WHERE `clips`.`video_id` = (SELECT `video_id` FROM `clips` WHERE `id` = new.`clip_id`))
	WHERE rowid = (SELECT `sequence` FROM `videos` WHERE `id` = (SELECT `video_id` FROM `clips` WHERE `id` = new.`clip_id`));
END;
--> statement-breakpoint
CREATE TRIGGER `video_words_of_deleted_caption` AFTER DELETE ON `captions` BEGIN
	UPDATE `video_words`
	SET captions = (SELECT group_concat(`captions`.`text`, char(10)) FROM `captions` JOIN `clips` ON `clips`.`id` = `captions`.`clip_id` WHERE `clips`.`video_id` = (SELECT `video_id` FROM `clips` WHERE `id` = old.`clip_id`))
	WHERE rowid = (SELECT `sequence` FROM `videos` WHERE `id` = (SELECT `video_id` FROM `clips` WHERE `id` = old.`clip_id`));
END;
