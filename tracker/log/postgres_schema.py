"""The tables of a log in PostgreSQL, and the triggers that keep them append-only.

``SCHEMA`` holds the statements that make each version from the one before. ``tracker log init`` runs those that a
database lacks, in one transaction, and writes ``VERSION`` into ``tracker.version``.

1. The tables.
2. The chain of line format 1: a line that does not follow from the line before is refused.
3. The rules of line format 2, for every program and every role, the owner's too::

       INSERT             check_line     grammar, hash, the line that it amends, time; the right to insert a shell
       UPDATE of line     check_change   passes from a line to its shell, where a later line redacts it
       UPDATE of story    check_change   passes if line 1 is a shell; then check_line checks every row once more
       DELETE, TRUNCATE   check_change   never passes

4. The pictures: a file whose name is not its hash is refused. Only a role that may delete from the table removes
   pictures.

A refusal has one of these codes. ``PostgresLog`` retries after the first only: its usual cause is an append of
another client.

=====  ====================================================================================================
23514  the line does not follow from the line before: there is none, or another one; a rename leaves rows behind
22023  the line breaks a rule that no append of another client can change
42501  a shell or a redaction from a role without UPDATE on ``tracker.events``
55000  a change that no role can make; in step 3, a table that has lines of format 1
=====  ====================================================================================================

Rules for these functions:

- They run with the rights of the role that inserts (``SECURITY INVOKER``): ``current_user`` is that role.
- No setting of a session changes what they do. ``search_path`` is pinned. A literal with a backslash is an ``E''``
  literal. Texts have the collation "C". Time zone, date style and the output format of ``bytea`` play no part.
- ``encode(bytes, 'escape')`` gives text in a database of any encoding. It keeps ASCII except backslashes, so a
  text without backslashes shows the bytes.
- One regular expression for the whole head takes 85 µs, because PostgreSQL builds its automaton in every call. So
  the head is written out from the row's id and its own fields, and compared. A time or a hex number is parsed,
  written again and compared.
- PL/pgSQL ends an expression after IF at the first THEN. So a CASE after IF stands in parentheses.
- They read no JSON. ``tracker verify`` does.
"""

from __future__ import annotations

_CHECK_LINE = r"""
    CREATE FUNCTION tracker.check_line() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        size integer := octet_length(NEW.line);
        start text COLLATE "C" := encode(substring(NEW.line FOR 256), 'escape');
        kind text COLLATE "C" := split_part(start, '"', 8);
        recorded text COLLATE "C" := split_part(start, '"', 12);
        head text COLLATE "C" :=
            '{"id":"' || NEW.id || '","type":"' || kind || '","recorded":"' || recorded || '",';
        has_format boolean := substr(start, length(head) + 1, 11) = '"format":2,';
        amends text COLLATE "C";
        target text COLLATE "C";
        middle bytea;
        is_shell boolean;
        ending text COLLATE "C";
        salt text COLLATE "C";
        digest bytea;
        previous bytea;
        above text COLLATE "C";
        fault text;
    BEGIN
        -- An update has been made by now: of a rename, all rows.
        IF TG_OP = 'UPDATE' THEN
            IF NEW.story <> OLD.story AND EXISTS (SELECT FROM tracker.events WHERE story = OLD.story) THEN
                RAISE check_violation
                    USING MESSAGE = format('%s cannot become %s without all of its lines', OLD.story, NEW.story);
            END IF;
        END IF;

        -- The head is written out from what it says, and compared with what is there.
        IF has_format THEN
            head := head || '"format":2,';
        END IF;
        amends := split_part(substr(start, length(head) + 1, 11), '"', 2);
        IF amends IN ('corrects', 'retracts', 'redacts') THEN
            target := substr(start, length(head) + length(amends) + 5, 36);
            head := head || '"' || amends || '":"' || target || '",';
        END IF;
        IF substr(start, length(head) + 1, 13) = '"minor":true,' THEN
            head := head || '"minor":true,';
            IF target IS NOT NULL THEN
                fault := 'is minor, which no amendment is';
            END IF;
        END IF;
        fault := CASE
            WHEN starts_with(start, head) IS NOT TRUE OR length(kind) > 40 OR kind !~ '^[a-z]+(?:-[a-z]+)*$'
                THEN 'does not begin with a head of line format 2 and the id of its row'
            WHEN target IS NULL AND kind IN ('correction', 'retraction', 'redaction')
                    OR target IS NOT NULL AND (kind, amends) NOT IN (
                        ('correction', 'corrects'), ('retraction', 'retracts'), ('redaction', 'redacts'))
                THEN 'has a type that does not go with what it amends'
            WHEN has_format <> (NEW.seq = 1)
                THEN 'has "format" though it is not the first line, or has none though it is'
            WHEN NEW.seq = 1 AND kind <> 'opened' AND kind <> 'desk'
                    OR NEW.seq > 1 AND (kind = 'opened' OR kind = 'desk' AND NEW.story <> 'desk')
                THEN 'is of type ' || kind || ', which has no place there'
            WHEN size > 262144
                THEN 'is longer than 262,144 bytes'
            WHEN size < length(head) + 41 + 76
                THEN 'is cut short'
            WHEN position(E'\\000'::bytea IN NEW.line) > 0
                    OR encode(substring(NEW.line FOR size - 1), 'escape') COLLATE "C" ~ E'[\x01-\x1f]'
                THEN 'has a byte below 0x20 before its end'
            ELSE fault
        END;
        IF fault IS NOT NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = format('%s#%s %s', NEW.story, NEW.seq, fault);
        END IF;

        -- The middle is between the head and the last 76 bytes: a text with its salt, or the digest of one.
        middle := substring(NEW.line FROM length(head) + 1 FOR size - length(head) - 76);
        is_shell := octet_length(middle) = 76
            AND encode(middle, 'escape') COLLATE "C" ~ '^"removed":"[0-9a-f]{64}"$';
        ending := encode(substring(NEW.line FROM size - 117), 'escape');
        salt := left(right(ending, 109), 32);
        BEGIN
            fault := CASE
                WHEN to_char(left(recorded, 23)::timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                        IS DISTINCT FROM recorded
                    THEN 'is recorded at a time that does not exist'
                WHEN target::uuid::text <> target
                    THEN amends || ' what is no id'
                WHEN is_shell
                    THEN NULL
                WHEN get_byte(middle, 0) <> 34 OR left(ending, length(ending) - 76) <> ',"salt":"' || salt || '"'
                        OR encode(decode(salt, 'hex'), 'hex') <> salt
                    THEN 'does not end with a salt and a hash'
            END;
        EXCEPTION WHEN data_exception THEN
            fault := 'has a time, a target or a salt that is none: ' || SQLERRM;
        END;
        IF fault IS NOT NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = format('%s#%s %s', NEW.story, NEW.seq, fault);
        ELSIF (is_shell OR kind = 'redaction') AND NOT has_table_privilege('tracker.events', 'UPDATE') THEN
            RAISE insufficient_privilege USING MESSAGE = format(
                'permission denied for %s#%s, which is %s: it takes UPDATE on tracker.events', NEW.story, NEW.seq,
                CASE WHEN is_shell THEN 'what is left of a removed text' ELSE 'a redaction' END);
        END IF;

        -- The chain, and what the line says about the lines above.
        IF NEW.seq = 1 THEN
            previous := decode('{START}', 'hex');
        ELSE
            SELECT decode(encode(substring(line FROM octet_length(line) - 66 FOR 64), 'escape'), 'hex'),
                    split_part(encode(substring(line FOR 131), 'escape'), '"', 12)
                INTO previous, above FROM tracker.events WHERE story = NEW.story AND seq = NEW.seq - 1;
            IF NOT FOUND THEN
                RAISE check_violation USING MESSAGE =
                    format('%s#%s does not follow from the line before: there is none', NEW.story, NEW.seq);
            END IF;
        END IF;
        digest := CASE WHEN is_shell THEN decode(encode(substring(middle FROM 12 FOR 64), 'escape'), 'hex')
            ELSE sha256(middle) END;
        fault := CASE
            WHEN right(ending, 76) <> ',"hash":"'
                    || encode(sha256(previous || substring(NEW.line FOR length(head)) || digest), 'hex')
                    || '"}' || chr(10)
                THEN CASE WHEN right(ending, 76) ~ ('^,"hash":"[0-9a-f]{64}"[}]' || chr(10) || '$')
                    THEN 'does not follow from the line before' ELSE 'does not end with a salt and a hash' END
            WHEN recorded < above
                THEN 'is recorded before the line above'
            WHEN recorded > to_char(clock_timestamp() AT TIME ZONE 'UTC' + make_interval(mins => 5),
                    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                THEN 'is recorded more than 5 minutes ahead of the server''s clock'
        END;
        IF target IS NOT NULL THEN  -- a query of its own, so that other lines need no plan for it
            IF fault IS NULL AND NOT EXISTS (
                SELECT FROM tracker.events WHERE id = target::uuid AND story = NEW.story AND seq < NEW.seq
            ) THEN
                fault := format('%s %s, which is no line above it', amends, target);
            END IF;
        END IF;
        IF fault IS NOT NULL THEN
            RAISE EXCEPTION USING MESSAGE = format('%s#%s %s', NEW.story, NEW.seq, fault),
                ERRCODE = CASE WHEN starts_with(fault, 'does not follow') THEN '23514' ELSE '22023' END;
        END IF;
        RETURN NEW;
    END $$;
""".replace("{START}", "236ee012ebecdefbbb46e9383a64f32bd51fff60aa9dc48ed388b9e73c1a796f")
"""Checks a new line, or one that an UPDATE has changed. START is the hash of ``tracker/2`` and LF."""


_CHECK_CHANGE = r"""
    CREATE FUNCTION tracker.check_change() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
        SET enable_sort = off AS $$  -- so that redactions are looked for from the last row on, along the index
    DECLARE
        cut integer;
        digest bytea;
        fault text;
    BEGIN
        IF TG_OP <> 'UPDATE' THEN
            RAISE object_not_in_prerequisite_state
                USING MESSAGE = 'tracker.events is append-only: no line of it can be deleted';
        ELSIF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        ELSIF NEW.seq <> OLD.seq OR NEW.id <> OLD.id THEN
            fault := 'keeps its number and its id';
        ELSIF NEW.story <> OLD.story THEN
            LOCK TABLE tracker.events IN SHARE ROW EXCLUSIVE MODE;  -- no append until all rows have the new name
            IF NEW.line <> OLD.line THEN
                fault := 'keeps its line when it is renamed';
            ELSIF NOT EXISTS (
                SELECT FROM tracker.events WHERE story IN (OLD.story, NEW.story) AND seq = 1
                    AND encode(substring(line FROM octet_length(line) - 151 FOR 76), 'escape') COLLATE "C"
                        ~ '^"removed":"[0-9a-f]{64}"$'
            ) THEN
                fault := 'keeps its name as long as its first line has its text';
            END IF;
        ELSE
            -- A shell is as long as its head and 152 bytes. If that is another head, check_line finds it.
            cut := greatest(octet_length(NEW.line) - 152, 0);
            digest := sha256(substring(OLD.line FROM cut + 1 FOR greatest(octet_length(OLD.line) - cut - 76, 0)));
            IF NEW.line <> substring(OLD.line FOR cut)
                    || convert_to('"removed":"' || encode(digest, 'hex') || '"', 'UTF8')
                    || substring(OLD.line FROM octet_length(OLD.line) - 75) THEN
                fault := 'can change to what a redaction leaves of it, and to nothing else';
            ELSE
                -- A redaction has its target at a fixed place. The newest is the likeliest to be the one.
                PERFORM FROM tracker.events WHERE story = OLD.story AND seq > OLD.seq
                    AND substring(line FROM 44 FOR 33) = convert_to('","type":"redaction","recorded":"', 'UTF8')
                    AND substring(line FROM 101 FOR 50) = convert_to('","redacts":"' || OLD.id || '"', 'UTF8')
                    ORDER BY seq DESC LIMIT 1;
                IF NOT FOUND THEN
                    fault := 'keeps its text: no later line of its story redacts it';
                END IF;
            END IF;
        END IF;
        IF fault IS NOT NULL THEN
            RAISE object_not_in_prerequisite_state USING MESSAGE = format('%s#%s %s', OLD.story, OLD.seq, fault);
        END IF;
        RETURN NEW;
    END $$;
"""
"""Checks what an UPDATE makes of a line, and refuses DELETE and TRUNCATE."""

_TRIGGERS = """
    CREATE TRIGGER check_line BEFORE INSERT ON tracker.events
        FOR EACH ROW EXECUTE FUNCTION tracker.check_line();
    CREATE TRIGGER check_change BEFORE UPDATE ON tracker.events
        FOR EACH ROW EXECUTE FUNCTION tracker.check_change();
    CREATE TRIGGER check_changed AFTER UPDATE ON tracker.events
        FOR EACH ROW EXECUTE FUNCTION tracker.check_line();
    CREATE TRIGGER check_deletion BEFORE DELETE OR TRUNCATE ON tracker.events
        FOR EACH STATEMENT EXECUTE FUNCTION tracker.check_change();
"""

_NO_FORMAT_1 = """
    DROP TRIGGER check_follows ON tracker.events;  -- which locks the table until the transaction ends
    DROP FUNCTION tracker.check_follows();
    DO $$ BEGIN
        IF EXISTS (SELECT FROM tracker.events) THEN
            RAISE object_not_in_prerequisite_state
                USING MESSAGE = 'the log has lines of format 1; tracker log upgrade rewrites it';
        END IF;
    END $$;
"""

_MEDIA = """
    CREATE TABLE tracker.media (
        name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[0-9a-f]{64}[.](jpg|png|webp)$'),
        data bytea NOT NULL CHECK (octet_length(data) <= 20971520),
        CHECK (left(name, 64) = encode(sha256(data), 'hex'))
    );
    ALTER TABLE tracker.media ALTER COLUMN data SET STORAGE EXTERNAL;  -- pictures are compressed already
"""

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
    _NO_FORMAT_1 + _CHECK_LINE + _CHECK_CHANGE + _TRIGGERS,
    _MEDIA,
)
"""The statements that make each version of the tables from the one before."""

VERSION = len(SCHEMA)

FORMAT_2_SINCE = 3
"""The version of the tables since which lines are in format 2."""
