CREATE TABLE `signing_secrets` (
	`generation` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`secret` text NOT NULL,
	`created_at` integer NOT NULL,
	CONSTRAINT "signing_secrets_generation_natural" CHECK(typeof("signing_secrets"."generation") <> 'real' AND "signing_secrets"."generation" BETWEEN 0 AND 9007199254740991),
	CONSTRAINT "signing_secrets_created_at_natural" CHECK(typeof("signing_secrets"."created_at") <> 'real' AND "signing_secrets"."created_at" BETWEEN 0 AND 9007199254740991)
);
