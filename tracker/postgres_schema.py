"""The tables of a log in PostgreSQL, and the trigger that keeps them append-only.

``SCHEMA`` holds the statements that make each version from the one before. ``tracker log init`` runs those that a
database lacks, in one transaction, and writes ``VERSION`` into ``tracker.version``.

1. The tables.
2. What does not follow from the line before, as ``codec.follows`` has it, is refused, whoever inserts it. What is
   left of a removed text cannot be recomputed: it is taken from those only who may remove texts themselves.
"""

from __future__ import annotations

SCHEMA = (
    """
    CREATE SCHEMA tracker;
    CREATE TABLE tracker.version (version integer NOT NULL);
    CREATE TABLE tracker.events (
        story text COLLATE "C" NOT NULL,
        seq bigint NOT NULL CHECK (seq > 0),
        id uuid NOT NULL UNIQUE,
        line bytea NOT NULL,
        PRIMARY KEY (story, seq)
    );
    INSERT INTO tracker.version VALUES (0);
    """,
    """
    CREATE FUNCTION tracker.check_follows() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        stem integer := greatest(octet_length(NEW.line) - 76, 0);
        previous bytea;
    BEGIN
        IF NEW.seq = 1 THEN
            previous := sha256(convert_to(E'tracker/1\\n' || NEW.story, 'UTF8'));
        ELSE
            SELECT decode(encode(substring(line FROM octet_length(line) - 66 FOR 64), 'escape'), 'hex')
                INTO previous FROM tracker.events WHERE story = NEW.story AND seq = NEW.seq - 1;
        END IF;
        IF substring(NEW.line FROM stem + 1) = convert_to(',"hash":"'
                || encode(sha256(previous || substring(NEW.line FOR stem)), 'hex') || E'"}\\n', 'UTF8')
            AND substring(NEW.line FOR 43) = convert_to('{"id":"' || NEW.id, 'UTF8') THEN
            RETURN NEW;
        END IF;
        IF position('"redacted":true,' IN encode(NEW.line, 'escape')) > 0
            AND has_table_privilege('tracker.events', 'UPDATE') THEN
            RETURN NEW;
        END IF;
        RAISE check_violation
            USING MESSAGE = format('%s#%s does not follow from the line before', NEW.story, NEW.seq);
    END $$;
    CREATE TRIGGER check_follows BEFORE INSERT ON tracker.events
        FOR EACH ROW EXECUTE FUNCTION tracker.check_follows();
    """,
)
"""What makes each version of the tables from the one before."""

VERSION = len(SCHEMA)
