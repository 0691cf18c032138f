DROP INDEX `customers_unsynced`;--> statement-breakpoint
DROP INDEX `customers_next_due`;--> statement-breakpoint
CREATE INDEX `customers_unsynced` ON `customers` (`revision`,`id`) WHERE "customers"."synced_revision" IS NOT NULL AND "customers"."revision" > "customers"."synced_revision";--> statement-breakpoint
CREATE INDEX `customers_next_due` ON `customers` (`next_due`,`id`) WHERE "customers"."next_due" IS NOT NULL;--> statement-breakpoint
DROP INDEX `subscriptions_by_plan`;--> statement-breakpoint
DROP INDEX `subscriptions_by_status`;--> statement-breakpoint
CREATE INDEX `subscriptions_of_plan` ON `subscriptions` (`plan_id`,`id`);--> statement-breakpoint
CREATE INDEX `subscriptions_by_plan` ON `subscriptions` (`plan_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `subscriptions_by_status` ON `subscriptions` (`status`,`id`);