DROP INDEX `clips_video_id`;--> statement-breakpoint
CREATE INDEX `clips_video_id_model_fingerprint` ON `clips` (`video_id`,`model_fingerprint`);