CREATE TABLE `payment_events` (
	`provider` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`occurred_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`customer_id` text,
	`subscription_id` text,
	`outcome` text NOT NULL,
	PRIMARY KEY(`provider`, `id`),
	CONSTRAINT "payment_events_occurred_at_natural" CHECK(typeof("payment_events"."occurred_at") <> 'real' AND "payment_events"."occurred_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "payment_events_received_at_natural" CHECK(typeof("payment_events"."received_at") <> 'real' AND "payment_events"."received_at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `payment_events_oldest` ON `payment_events` (`received_at`);--> statement-breakpoint
CREATE INDEX `payment_events_applied` ON `payment_events` (`subscription_id`,`provider`,`occurred_at`) WHERE "payment_events"."outcome" = 'applied';--> statement-breakpoint
CREATE INDEX `subscriptions_of_provider` ON `subscriptions` (`provider_name`,`provider_reference`,`id`) WHERE "subscriptions"."provider_reference" IS NOT NULL;