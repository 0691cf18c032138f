CREATE TABLE `ended_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`ends_at` integer NOT NULL,
	CONSTRAINT "ended_sessions_ends_at_natural" CHECK(typeof("ended_sessions"."ends_at") <> 'real' AND "ended_sessions"."ends_at" BETWEEN 0 AND 9007199254740991)
);
--> statement-breakpoint
CREATE INDEX `ended_sessions_over` ON `ended_sessions` (`ends_at`);