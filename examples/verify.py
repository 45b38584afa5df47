"""Verify a log of tracker, and compare it with a heads.json that you kept, by the steps of docs/format.md."""

import argparse
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

UUID, HASH = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", "([0-9a-f]{64})"
TIME = r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z)"
HEAD = rf'{{"id":"{UUID}","type":"((?=[a-z-]{{1,40}}")[a-z]+(?:-[a-z]+)*)","recorded":"{TIME}",'
HEAD += rf'("format":2,)?(?:"(corrects|retracts|redacts)":"{UUID}",)?("minor":true,)?'
MIDDLE, ENDING = rf'"removed":"{HASH}"|(?:.*,)?"salt":"[0-9a-f]{{32}}"', rf',"hash":"{HASH}"}}'
AMENDS = {"correction": "corrects", "retraction": "retracts", "redaction": "redacts"}
RESERVED = {"id", "type", "recorded", "format", "minor", "removed", "hash", *AMENDS.values()}


def need(condition, sentence):
    if not condition:
        raise ValueError(sentence)


def members(pairs):
    return need(len(dict(pairs)) == len(pairs), "A name is twice in one object.") or dict(pairs)


def split(line):
    """Return the head's bytes and fields, the text (None in a shell), its digest, and the stated hash: step 1."""
    need(re.fullmatch(rb"[^\x00-\x1f]{,262143}", line), "A control character, or more than 262,144 bytes.")
    need(head := re.match(HEAD.encode(), line), "The line does not begin with a head of format 2.")
    need(ending := re.fullmatch(ENDING.encode(), line[-75:]), "The line does not end with a hash.")
    need(middle := re.fullmatch(MIDDLE.encode(), line[head.end() : -75]), "It has no salted text and no digest.")
    text = None if middle[1] else middle[0]
    digest = sha256(text).digest() if text else bytes.fromhex(middle[1].decode())
    return head[0], [field and field.decode() for field in head.groups()], text, digest, ending[1].decode()


def strict(text):
    """Return the members of a text, read by the rules for JSON: step 6."""
    plain = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)
    need(max(accumulate(((c in b"[{") - (c in b"]}") for c in plain), initial=1)) <= 16, "It is nested too deep.")
    need(all(int(digits) < 2**53 for digits in re.findall(rb"[0-9]+", plain)), "A number is 2^53 or more.")
    found = json.loads("{" + text.decode() + "}", object_pairs_hook=members, parse_float=int, parse_constant=int)
    json.dumps(found, ensure_ascii=False).encode()  # refuses lone surrogates, as int refuses 1.0, 1e3 and NaN
    names = [name for name, colon in re.findall(rb'"((?:[^"\\]|\\.)*)"( *:)?', text) if colon]
    need(all(re.fullmatch(rb"[a-z][a-z0-9_]*", name) for name in names), "A name has more than a-z, 0-9 and _.")
    return need(not RESERVED & found.keys(), "The text has a name that only head and ending may have.") or found


def verify(name, data, ids, faults, remarks):
    """Verify a stream by all steps but 7. Return its hashes by number, and what its first text says it was."""
    last, was, hashes, rows, previous = "", None, {}, {}, sha256(b"tracker/2\n").digest()
    opener, soon = "desk" if name == "desk" else "opened", datetime.now(UTC) + timedelta(minutes=5)  # noqa: TID251
    for n, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            before, previous, above = previous, None, last  # None: the line above has no hash to go on from
            head, (own, kind, last, form, amends, target, minor), text, digest, hashes[n] = split(line)
            previous = bytes.fromhex(hashes[n])
            (where, goal), place = ids.get(target, ("", 0)), ids.setdefault(own, (name, n))
            rows[n] = text, amends, goal if where == name else 0
            need(before is None or sha256(before + head + digest).digest() == previous, "Its hash does not match.")
            need((n == 1) == bool(form), 'The first line, and no other, has "format":2.')
            need(place == (name, n), f"Line {place[1]} of {place[0]} has the same id.")
            remarks += [(name, n, "It is dated in the future.")] if datetime.fromisoformat(last) > soon else []
            need(above <= last, "It was recorded before the line above.")
            need(not amends or rows[n][2], f"What it {amends} is not an earlier line of this stream.")
            need(AMENDS.get(kind) == amends and not (amends and minor), f"A {kind} cannot have this head.")
            need(kind == opener if n == 1 or kind == "desk" else kind != "opened", f"No {kind} can be here.")
            found = strict(text) if text else {"slug": name, "reason": "", "authority": ""}
            need(n > 1 or kind == "desk" or found.get("slug") == name, "The slug is not the name of the file.")
            need(kind != "redaction" or {"reason", "authority"} <= found.keys(), "It lacks reason or authority.")
            was = found.get("was") if n == 1 else was
        except ValueError as problem:
            faults.append((name, n, str(problem)))
    gone = {goal for _, amends, goal in rows.values() if amends == "redacts"}
    left = {n for n, (text, amends, goal) in rows.items() if text and amends == "corrects" and goal in gone} - gone
    faults += [(name, n, f"#{n} lost its text without a redaction.") for n in rows.keys() - gone if not rows[n][0]]
    remarks += [(name, n, "A redaction names it, and its text is still there.") for n in gone if n and rows[n][0]]
    remarks += [(name, n, "It corrects a line whose text was removed: redact it, too.") for n in left]
    remarks += [(name, data.count(b"\n") + 1, "It does not end with a line.")] if data[-1:] != b"\n" else []
    return hashes, was


def check(streams, heads=None):
    """Return faults and remarks, each (stream, line, sentence), and counts: stories, lines, those compared."""
    faults, remarks, ids, stories, lines = [], [], {}, 0, 0
    chains = {name: verify(name, data, ids, faults, remarks) for name, data in sorted(streams.items())}
    old = heads is not None and ("tracker/2", "tracker/1").index(heads["format"])
    for slug, head in heads["stories"].items() if heads else ():
        name, seq = slug if old else ids.get(head["stream"], (slug, 1))[0], head["seq"]
        known = {int(n): said for n, said in head.get("checkpoints", {}).items() if not old} | {seq: head["hash"]}
        hashes, was = chains.get(name, ({}, None))
        hashes = known if old and was == {"format": 1, "seq": seq, "hash": known[seq]} else {} if old else hashes
        wrong = [n for n in sorted(known) if n not in hashes or hashes[n] != known[n]]
        faults += [(name, n, f"heads.json has another #{n}{': you need the old log' * old}.") for n in wrong[:1]]
        remarks += [(name, 1, "That it goes on from format 1 is the desk's word.")] if old and not wrong else []
        stories, lines = stories + (not wrong), lines + (0 if old or wrong else seq)
    faults += [("heads.json", 0, "It has no story to compare.")] if heads and not heads["stories"] else []
    return sorted(faults), sorted(remarks), (len(chains), len(ids), stories, lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", nargs="+", type=Path, metavar="LOG", help="a folder of <slug>.jsonl files, or one")
    parser.add_argument("--against", type=Path, metavar="heads.json", help="the file that you kept")
    asked = parser.parse_args()
    try:
        files = [file for log in asked.logs for file in (sorted(log.glob("*.jsonl")) if log.is_dir() else [log])]
        streams = {file.name.removesuffix(".jsonl"): file.read_bytes() for file in files}
        heads = asked.against and (json.loads(asked.against.read_bytes(), object_pairs_hook=members) or {})
        faults, remarks, counts = check(streams, heads)
        need(len(streams) == len(files) and (faults or counts[1]), "no line found, or two files of one name")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        parser.error(f"nothing could be verified: {type(problem).__name__}: {problem}")
    for name, n, sentence in faults + remarks:
        print(f"{name}.jsonl:{n}: {sentence}".encode("unicode_escape").decode())
    print("{} stories, {} lines verified; {} stories, {} lines compared;".format(*counts), len(faults), "faults")
    raise SystemExit(bool(faults))
