ALTER TABLE `checkout_sessions` ADD `refused_because` text;--> statement-breakpoint
ALTER TABLE `checkout_sessions` ADD `provider_due_at` integer;--> statement-breakpoint
CREATE INDEX `checkout_sessions_provider_due` ON `checkout_sessions` (`provider_name`,`provider_due_at`,`id`) WHERE "checkout_sessions"."provider_due_at" IS NOT NULL;