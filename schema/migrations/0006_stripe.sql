ALTER TABLE `subscriptions` ADD `provider_revision` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `provider_due_at` integer;--> statement-breakpoint
CREATE INDEX `subscriptions_provider_due` ON `subscriptions` (`provider_name`,`provider_due_at`,`id`) WHERE "subscriptions"."provider_due_at" IS NOT NULL;