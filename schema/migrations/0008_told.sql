ALTER TABLE `customers` ADD `told_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `events_of_type` ON `events` (`type`,`n`);--> statement-breakpoint
UPDATE `customers` SET `told_until` = CAST(unixepoch('subsec') * 1000 AS INTEGER);--> statement-breakpoint
UPDATE `customers` SET `next_due` = 1 WHERE `next_due` IS NULL AND `clock_at` IS NULL AND `id` IN (SELECT `customer_id` FROM `overrides`);
