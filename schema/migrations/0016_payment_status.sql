CREATE INDEX `checkout_sessions_refused` ON `checkout_sessions` (`id`) WHERE "checkout_sessions"."refused_because" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `payment_events_newest` ON `payment_events` (`provider`,`received_at`);--> statement-breakpoint
CREATE INDEX `payment_events_refused` ON `payment_events` (`received_at`) WHERE "payment_events"."outcome" = 'refused';