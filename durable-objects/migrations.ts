/**
 * The tables of one customer object, as the list of steps that made them. A step is never edited: a new one is
 * added at the end, and every object takes the steps that it lacks when it is next touched.
 *
 * STRICT and CHECK turn a bad number into a failed transaction instead of a silent NULL or a rounded value.
 * WITHOUT ROWID keeps a row one row: a TEXT key beside a rowid is billed and written twice. No table has an
 * index, and what has to be pruned by age leads its key with something that grows.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE customer (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    known TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version BETWEEN 1 AND 9007199254740991),
    advanced_to INTEGER NOT NULL CHECK (advanced_to BETWEEN 0 AND 9007199254740991)
  ) STRICT;

  CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    text TEXT NOT NULL
  ) STRICT;

  CREATE TABLE documents (
    plan_id TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE lots (
    feature_id TEXT NOT NULL,
    id TEXT NOT NULL,
    holding_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('allowance', 'carried', 'unattached', 'retired')),
    plan_id TEXT,
    start_at INTEGER NOT NULL,
    ends_at INTEGER,
    used INTEGER NOT NULL CHECK (used BETWEEN 0 AND 9007199254740991),
    granted INTEGER NOT NULL CHECK (granted BETWEEN 0 AND 9007199254740991),
    zeroed INTEGER NOT NULL CHECK (zeroed IN (0, 1)),
    alerted INTEGER NOT NULL CHECK (alerted BETWEEN 0 AND 1000),
    version INTEGER NOT NULL CHECK (version BETWEEN 1 AND 9007199254740991),
    advanced_to INTEGER NOT NULL CHECK (advanced_to BETWEEN 0 AND 9007199254740991),
    PRIMARY KEY (feature_id, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE ledger (
    day INTEGER NOT NULL,
    lot_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    feature_id TEXT NOT NULL,
    quantity INTEGER NOT NULL CONSTRAINT ledger_quantity CHECK (quantity <= 4611686018427387904),
    count INTEGER NOT NULL CHECK (count > 0),
    last_at INTEGER NOT NULL,
    last_actor TEXT NOT NULL,
    PRIMARY KEY (day, lot_id, kind)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE volumes (
    volume INTEGER PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    keys INTEGER NOT NULL CHECK (keys >= 0)
  ) STRICT;

  CREATE TABLE outcomes (
    volume INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (volume, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outbox (
    version INTEGER NOT NULL,
    n INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (version, n)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE duties (
    duty TEXT NOT NULL PRIMARY KEY CHECK (duty IN ('publish', 'outbox')),
    version INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
]

/** Whether the object holds anything at all. An object that was only asked about an unknown customer does not. */
export function hasTables(sql: SqlStorage): boolean {
  const found = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'format'")
  return found.toArray().length > 0
}

/** Takes the steps that this object lacks. Inside a transaction, so that a step is taken whole or not at all. */
export function migrate(sql: SqlStorage): void {
  const taken = hasTables(sql) ? formatOf(sql) : 0
  if (taken >= MIGRATIONS.length) return
  if (taken === 0) {
    sql.exec(
      'CREATE TABLE format (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL) STRICT',
    )
  }
  for (const step of MIGRATIONS.slice(taken)) sql.exec(step)
  sql.exec(
    `INSERT INTO format (id, number) VALUES (1, ?)
     ON CONFLICT (id) DO UPDATE SET number = excluded.number`,
    MIGRATIONS.length,
  )
}

function formatOf(sql: SqlStorage): number {
  return sql.exec<{ number: number }>('SELECT number FROM format').one().number
}
