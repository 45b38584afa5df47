"""Entries and the documents they are published in: Atom, RSS, JSON Feed, OPML, iCalendar."""
