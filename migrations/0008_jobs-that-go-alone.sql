ALTER TABLE `jobs` ADD `is_alone` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `jobs` SET `is_alone` = true WHERE `kind` IN ('reembed', 'backup');
