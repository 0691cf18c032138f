DROP INDEX `customers_newest`;--> statement-breakpoint
CREATE INDEX `customers_newest` ON `customers` (`created_at`,`id`) WHERE "customers"."archived_at" IS NULL;--> statement-breakpoint
DROP INDEX `usage_summary_over`;--> statement-breakpoint
ALTER TABLE `usage_summary` ADD `listed_at` integer;--> statement-breakpoint
UPDATE `usage_summary` SET `listed_at` = (SELECT CASE WHEN `customers`.`archived_at` IS NULL THEN `customers`.`created_at` ELSE -1 END FROM `customers` WHERE `customers`.`id` = `usage_summary`.`customer_id`);--> statement-breakpoint
CREATE INDEX `usage_summary_unlisted` ON `usage_summary` (`customer_id`) WHERE "usage_summary"."listed_at" IS NULL;--> statement-breakpoint
CREATE INDEX `usage_summary_over` ON `usage_summary` (`listed_at`,`customer_id`) WHERE "usage_summary"."over" = 1 AND "usage_summary"."listed_at" >= 0;--> statement-breakpoint
ALTER TABLE `overrides` ADD `listed_at` integer;--> statement-breakpoint
UPDATE `overrides` SET `listed_at` = (SELECT CASE WHEN `customers`.`archived_at` IS NULL THEN `customers`.`created_at` ELSE -1 END FROM `customers` WHERE `customers`.`id` = `overrides`.`customer_id`);--> statement-breakpoint
CREATE INDEX `overrides_listed` ON `overrides` (`listed_at`,`customer_id`) WHERE "overrides"."listed_at" >= 0;--> statement-breakpoint
CREATE INDEX `overrides_expiring` ON `overrides` (`expires_at`) WHERE "overrides"."expires_at" IS NOT NULL AND "overrides"."listed_at" >= 0;--> statement-breakpoint
CREATE INDEX `overrides_unlisted` ON `overrides` (`customer_id`) WHERE "overrides"."listed_at" IS NULL;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `listed_at` integer;--> statement-breakpoint
UPDATE `subscriptions` SET `listed_at` = (SELECT CASE WHEN `customers`.`archived_at` IS NULL THEN `customers`.`created_at` ELSE -1 END FROM `customers` WHERE `customers`.`id` = `subscriptions`.`customer_id`);--> statement-breakpoint
CREATE INDEX `subscriptions_holders` ON `subscriptions` (`plan_id`,`listed_at`,`customer_id`) WHERE "subscriptions"."status" <> 'ended' AND "subscriptions"."listed_at" >= 0;--> statement-breakpoint
CREATE INDEX `subscriptions_listed_by_plan` ON `subscriptions` (`plan_id`,`status`,`listed_at`,`customer_id`) WHERE "subscriptions"."listed_at" >= 0;--> statement-breakpoint
CREATE INDEX `subscriptions_listed_by_status` ON `subscriptions` (`status`,`listed_at`,`customer_id`) WHERE "subscriptions"."listed_at" >= 0;--> statement-breakpoint
CREATE INDEX `subscriptions_unlisted` ON `subscriptions` (`customer_id`) WHERE "subscriptions"."listed_at" IS NULL;