CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`revision` integer NOT NULL,
	CONSTRAINT "settings_revision_natural" CHECK(typeof("settings"."revision") <> 'real' AND "settings"."revision" BETWEEN 0 AND 9007199254740991)
);
