CREATE TABLE `library_models` (
	`id` integer PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`bundle_folder` text
);
--> statement-breakpoint
INSERT INTO `library_models` (`id`, `fingerprint`) SELECT 1, `model_fingerprint` FROM `clips` LIMIT 1;
