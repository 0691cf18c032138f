CREATE TABLE `statistics` (
	`at` integer NOT NULL,
	`feature_id` text NOT NULL,
	`granted` integer NOT NULL,
	`denied` integer NOT NULL,
	PRIMARY KEY(`at`, `feature_id`),
	CONSTRAINT "statistics_at_natural" CHECK(typeof("statistics"."at") <> 'real' AND "statistics"."at" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "statistics_granted_natural" CHECK(typeof("statistics"."granted") <> 'real' AND "statistics"."granted" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "statistics_denied_natural" CHECK(typeof("statistics"."denied") <> 'real' AND "statistics"."denied" BETWEEN 0 AND 9007199254740991)
);
