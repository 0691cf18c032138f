CREATE TABLE `webhook_attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`webhook_id` text NOT NULL,
	`event_id` text NOT NULL,
	`event_type` text NOT NULL,
	`kind` text NOT NULL,
	`number` integer NOT NULL,
	`at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`status` integer,
	`failure` text,
	`response` text,
	`next_at` integer,
	CONSTRAINT "webhook_attempts_number_natural" CHECK(typeof("webhook_attempts"."number") <> 'real' AND "webhook_attempts"."number" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "webhook_attempts_at_natural" CHECK(typeof("webhook_attempts"."at") <> 'real' AND "webhook_attempts"."at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "webhook_attempts_duration_ms_natural" CHECK(typeof("webhook_attempts"."duration_ms") <> 'real' AND "webhook_attempts"."duration_ms" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "webhook_attempts_next_at_natural" CHECK(typeof("webhook_attempts"."next_at") <> 'real' AND "webhook_attempts"."next_at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `webhook_attempts_newest` ON `webhook_attempts` (`webhook_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_attempts_oldest` ON `webhook_attempts` (`at`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`webhook_id` text NOT NULL,
	`event_n` integer NOT NULL,
	`tries` integer NOT NULL,
	`next_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`webhook_id`, `event_n`),
	CONSTRAINT "webhook_deliveries_tries_natural" CHECK(typeof("webhook_deliveries"."tries") <> 'real' AND "webhook_deliveries"."tries" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "webhook_deliveries_next_at_natural" CHECK(typeof("webhook_deliveries"."next_at") <> 'real' AND "webhook_deliveries"."next_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "webhook_deliveries_created_at_natural" CHECK(typeof("webhook_deliveries"."created_at") <> 'real' AND "webhook_deliveries"."created_at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`webhook_id`,`next_at`,`event_n`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_oldest` ON `webhook_deliveries` (`created_at`);--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`description` text,
	`secrets` text NOT NULL,
	`disabled_at` integer,
	`disabled_because` text,
	`after_n` integer NOT NULL,
	`failing_since` integer,
	`created_at` integer NOT NULL,
	`revision` integer NOT NULL,
	CONSTRAINT "webhooks_pairs" CHECK(("webhooks"."disabled_at" IS NULL) = ("webhooks"."disabled_because" IS NULL)),
	CONSTRAINT "webhooks_after_n_natural" CHECK(typeof("webhooks"."after_n") <> 'real' AND "webhooks"."after_n" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "webhooks_created_at_natural" CHECK(typeof("webhooks"."created_at") <> 'real' AND "webhooks"."created_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "webhooks_revision_natural" CHECK(typeof("webhooks"."revision") <> 'real' AND "webhooks"."revision" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `webhooks_newest` ON `webhooks` (`created_at`,`id`);