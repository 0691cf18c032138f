ALTER TABLE `changes` ADD `customer_id` text;--> statement-breakpoint
CREATE INDEX `changes_of_actor` ON `changes` (`actor`,`id`);--> statement-breakpoint
CREATE INDEX `changes_of_customer` ON `changes` (`customer_id`,`id`) WHERE "changes"."customer_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `keys` ADD `changed_at` integer;--> statement-breakpoint
CREATE INDEX `keys_newest` ON `keys` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `keys_changed` ON `keys` (`changed_at`) WHERE "keys"."changed_at" IS NOT NULL;--> statement-breakpoint
UPDATE `changes` SET `customer_id` = substr(`subject`, 10) WHERE `subject` >= 'customer:' AND `subject` < 'customer;';--> statement-breakpoint
UPDATE `keys` SET `changed_at` = `revoked_at` WHERE `revoked_at` IS NOT NULL;
