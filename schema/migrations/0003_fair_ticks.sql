DROP INDEX `customers_unsynced`;--> statement-breakpoint
ALTER TABLE `customers` ADD `apply_turn` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `customers_unsynced` ON `customers` (`apply_turn`,`revision`,`id`) WHERE "customers"."synced_revision" IS NOT NULL AND "customers"."revision" > "customers"."synced_revision";