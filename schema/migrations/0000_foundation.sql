CREATE TABLE `catalogue` (
	`id` integer PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`default_plan_id` text,
	`head` text NOT NULL,
	CONSTRAINT "catalogue_one_row" CHECK("catalogue"."id" = 1),
	CONSTRAINT "catalogue_revision_natural" CHECK(typeof("catalogue"."revision") <> 'real' AND "catalogue"."revision" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE `documents` (
	`plan_id` text NOT NULL,
	`revision` integer NOT NULL,
	`document` text NOT NULL,
	PRIMARY KEY(`plan_id`, `revision`),
	CONSTRAINT "documents_revision_natural" CHECK(typeof("documents"."revision") <> 'real' AND "documents"."revision" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE `features` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`unit` text,
	`meter` text,
	`on_unavailable` text NOT NULL,
	`metadata` text NOT NULL,
	`archived_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`revision` integer NOT NULL,
	CONSTRAINT "features_type" CHECK("features"."type" IN ('boolean', 'meter', 'customizable')),
	CONSTRAINT "features_on_unavailable" CHECK("features"."on_unavailable" IN ('deny', 'allow')),
	CONSTRAINT "features_archived_at_natural" CHECK(typeof("features"."archived_at") <> 'real' AND "features"."archived_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "features_created_at_natural" CHECK(typeof("features"."created_at") <> 'real' AND "features"."created_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "features_updated_at_natural" CHECK(typeof("features"."updated_at") <> 'real' AND "features"."updated_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "features_revision_natural" CHECK(typeof("features"."revision") <> 'real' AND "features"."revision" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE `plans` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`parent_id` text,
	`kind` text NOT NULL,
	`rank` integer NOT NULL,
	`visibility` text NOT NULL,
	`trial_days` integer NOT NULL,
	`grace_days` integer,
	`prices` text NOT NULL,
	`allowances` text NOT NULL,
	`metadata` text NOT NULL,
	`archived_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`revision` integer NOT NULL,
	`document_revision` integer NOT NULL,
	CONSTRAINT "plans_kind" CHECK("plans"."kind" IN ('base', 'addon')),
	CONSTRAINT "plans_visibility" CHECK("plans"."visibility" IN ('public', 'private')),
	CONSTRAINT "plans_rank_natural" CHECK(typeof("plans"."rank") <> 'real' AND "plans"."rank" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "plans_trial_days_natural" CHECK(typeof("plans"."trial_days") <> 'real' AND "plans"."trial_days" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "plans_grace_days_natural" CHECK(typeof("plans"."grace_days") <> 'real' AND "plans"."grace_days" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "plans_archived_at_natural" CHECK(typeof("plans"."archived_at") <> 'real' AND "plans"."archived_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "plans_created_at_natural" CHECK(typeof("plans"."created_at") <> 'real' AND "plans"."created_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "plans_updated_at_natural" CHECK(typeof("plans"."updated_at") <> 'real' AND "plans"."updated_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "plans_revision_natural" CHECK(typeof("plans"."revision") <> 'real' AND "plans"."revision" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "plans_document_revision_natural" CHECK(typeof("plans"."document_revision") <> 'real' AND "plans"."document_revision" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE `changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`subject` text NOT NULL,
	`previous` integer NOT NULL,
	`revision` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`resource` text NOT NULL,
	`request_id` text NOT NULL,
	`before` text,
	`after` text,
	`at` integer NOT NULL,
	CONSTRAINT "changes_previous_natural" CHECK(typeof("changes"."previous") <> 'real' AND "changes"."previous" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "changes_revision_natural" CHECK(typeof("changes"."revision") <> 'real' AND "changes"."revision" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "changes_at_natural" CHECK(typeof("changes"."at") <> 'real' AND "changes"."at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `changes_of_resource` ON `changes` (`resource`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `changes_once` ON `changes` (`subject`,`previous`);--> statement-breakpoint
CREATE TABLE `events` (
	`n` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`customer_id` text,
	`version` integer,
	`data` text NOT NULL,
	`origin` text NOT NULL,
	CONSTRAINT "events_at_natural" CHECK(typeof("events"."at") <> 'real' AND "events"."at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "events_version_natural" CHECK(typeof("events"."version") <> 'real' AND "events"."version" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_id_unique` ON `events` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `events_origin_unique` ON `events` (`origin`);--> statement-breakpoint
CREATE INDEX `events_of_customer` ON `events` (`customer_id`,`n`);--> statement-breakpoint
CREATE TABLE `idempotency` (
	`key` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`status` integer NOT NULL,
	`body` text NOT NULL,
	`at` integer NOT NULL,
	CONSTRAINT "idempotency_status_natural" CHECK(typeof("idempotency"."status") <> 'real' AND "idempotency"."status" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "idempotency_at_natural" CHECK(typeof("idempotency"."at") <> 'real' AND "idempotency"."at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `idempotency_oldest` ON `idempotency` (`at`);--> statement-breakpoint
CREATE TABLE `customers` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text,
	`email` text,
	`grace_days` integer,
	`metadata` text NOT NULL,
	`clock_at` integer,
	`archived_at` integer,
	`created_at` integer NOT NULL,
	`revision` integer NOT NULL,
	`synced_revision` integer,
	`synced_version` integer DEFAULT 0 NOT NULL,
	`next_due` integer,
	CONSTRAINT "customers_grace_days_natural" CHECK(typeof("customers"."grace_days") <> 'real' AND "customers"."grace_days" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "customers_clock_at_natural" CHECK(typeof("customers"."clock_at") <> 'real' AND "customers"."clock_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "customers_archived_at_natural" CHECK(typeof("customers"."archived_at") <> 'real' AND "customers"."archived_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "customers_created_at_natural" CHECK(typeof("customers"."created_at") <> 'real' AND "customers"."created_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "customers_revision_natural" CHECK(typeof("customers"."revision") <> 'real' AND "customers"."revision" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "customers_synced_revision_natural" CHECK(typeof("customers"."synced_revision") <> 'real' AND "customers"."synced_revision" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "customers_synced_version_natural" CHECK(typeof("customers"."synced_version") <> 'real' AND "customers"."synced_version" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "customers_next_due_natural" CHECK(typeof("customers"."next_due") <> 'real' AND "customers"."next_due" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `customers_unsynced` ON `customers` (`revision`) WHERE "customers"."synced_revision" IS NOT NULL AND "customers"."revision" > "customers"."synced_revision";--> statement-breakpoint
CREATE INDEX `customers_next_due` ON `customers` (`next_due`) WHERE "customers"."next_due" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `customers_newest` ON `customers` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `customers_by_id` ON `customers` ("id" COLLATE NOCASE);--> statement-breakpoint
CREATE INDEX `customers_by_name` ON `customers` ("name" COLLATE NOCASE);--> statement-breakpoint
CREATE INDEX `customers_by_email` ON `customers` ("email" COLLATE NOCASE);--> statement-breakpoint
CREATE TABLE `overrides` (
	`customer_id` text NOT NULL,
	`feature_id` text NOT NULL,
	`allowance` text NOT NULL,
	`standalone` integer NOT NULL,
	`start_at` integer NOT NULL,
	`expires_at` integer,
	`reason` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`customer_id`, `feature_id`),
	FOREIGN KEY (`customer_id`) REFERENCES `customers`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "overrides_start_at_natural" CHECK(typeof("overrides"."start_at") <> 'real' AND "overrides"."start_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "overrides_expires_at_natural" CHECK(typeof("overrides"."expires_at") <> 'real' AND "overrides"."expires_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "overrides_created_at_natural" CHECK(typeof("overrides"."created_at") <> 'real' AND "overrides"."created_at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE `subscriptions` (
	`id` text PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`plan_id` text NOT NULL,
	`status` text NOT NULL,
	`start_at` integer NOT NULL,
	`phases` text NOT NULL,
	`trial_end_at` integer,
	`ends_with_trial` integer NOT NULL,
	`grace_started_at` integer,
	`grace_ends_at` integer,
	`paused_at` integer,
	`cancel_at` integer,
	`cancel_at_period_end` integer NOT NULL,
	`ended_at` integer,
	`ended_because` text,
	`period_start_at` integer,
	`period_end_at` integer,
	`provider_name` text,
	`provider_reference` text,
	`provider_event_at` integer,
	`trial_plan_id` text,
	`metadata` text NOT NULL,
	`created_at` integer NOT NULL,
	`revision` integer NOT NULL,
	FOREIGN KEY (`customer_id`) REFERENCES `customers`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "subscriptions_status" CHECK("subscriptions"."status" IN ('scheduled', 'trialing', 'active', 'past_due', 'paused', 'ended')),
	CONSTRAINT "subscriptions_pairs" CHECK(("subscriptions"."grace_started_at" IS NULL) = ("subscriptions"."grace_ends_at" IS NULL) AND ("subscriptions"."ended_at" IS NULL) = ("subscriptions"."ended_because" IS NULL) AND ("subscriptions"."period_start_at" IS NULL) = ("subscriptions"."period_end_at" IS NULL)),
	CONSTRAINT "subscriptions_start_at_natural" CHECK(typeof("subscriptions"."start_at") <> 'real' AND "subscriptions"."start_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_trial_end_at_natural" CHECK(typeof("subscriptions"."trial_end_at") <> 'real' AND "subscriptions"."trial_end_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_grace_started_at_natural" CHECK(typeof("subscriptions"."grace_started_at") <> 'real' AND "subscriptions"."grace_started_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_grace_ends_at_natural" CHECK(typeof("subscriptions"."grace_ends_at") <> 'real' AND "subscriptions"."grace_ends_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_paused_at_natural" CHECK(typeof("subscriptions"."paused_at") <> 'real' AND "subscriptions"."paused_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_cancel_at_natural" CHECK(typeof("subscriptions"."cancel_at") <> 'real' AND "subscriptions"."cancel_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_ended_at_natural" CHECK(typeof("subscriptions"."ended_at") <> 'real' AND "subscriptions"."ended_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_period_start_at_natural" CHECK(typeof("subscriptions"."period_start_at") <> 'real' AND "subscriptions"."period_start_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_period_end_at_natural" CHECK(typeof("subscriptions"."period_end_at") <> 'real' AND "subscriptions"."period_end_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_provider_event_at_natural" CHECK(typeof("subscriptions"."provider_event_at") <> 'real' AND "subscriptions"."provider_event_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_created_at_natural" CHECK(typeof("subscriptions"."created_at") <> 'real' AND "subscriptions"."created_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "subscriptions_revision_natural" CHECK(typeof("subscriptions"."revision") <> 'real' AND "subscriptions"."revision" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `subscriptions_of_customer` ON `subscriptions` (`customer_id`,`start_at`);--> statement-breakpoint
CREATE INDEX `subscriptions_by_plan` ON `subscriptions` (`plan_id`,`status`);--> statement-breakpoint
CREATE INDEX `subscriptions_by_status` ON `subscriptions` (`status`);--> statement-breakpoint
CREATE TABLE `usage_summary` (
	`customer_id` text NOT NULL,
	`feature_id` text NOT NULL,
	`used` integer NOT NULL,
	`limit_units` integer,
	`over` integer NOT NULL,
	`as_of` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`customer_id`, `feature_id`),
	CONSTRAINT "usage_summary_used_natural" CHECK(typeof("usage_summary"."used") <> 'real' AND "usage_summary"."used" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "usage_summary_limit_units_natural" CHECK(typeof("usage_summary"."limit_units") <> 'real' AND "usage_summary"."limit_units" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "usage_summary_as_of_natural" CHECK(typeof("usage_summary"."as_of") <> 'real' AND "usage_summary"."as_of" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "usage_summary_version_natural" CHECK(typeof("usage_summary"."version") <> 'real' AND "usage_summary"."version" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `usage_summary_over` ON `usage_summary` (`customer_id`) WHERE "usage_summary"."over" = 1;--> statement-breakpoint
CREATE TABLE `keys` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`role` text,
	`last_four` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	CONSTRAINT "keys_created_at_natural" CHECK(typeof("keys"."created_at") <> 'real' AND "keys"."created_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "keys_expires_at_natural" CHECK(typeof("keys"."expires_at") <> 'real' AND "keys"."expires_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "keys_revoked_at_natural" CHECK(typeof("keys"."revoked_at") <> 'real' AND "keys"."revoked_at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "keys_last_used_at_natural" CHECK(typeof("keys"."last_used_at") <> 'real' AND "keys"."last_used_at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_hash_unique` ON `keys` (`hash`);