"""Words for readers: sentences in a language, made of the values of a story.

::

    domain, views ──facts──▶ wording ──sentences──▶ feeds, site, terminal
                                ▲
           locales/<language>.po, and the sentences of the desk's own types

Messages are gettext's: the English text stands in the code, the other languages in ``locales``. gettext is part of
Python, translators know its files, and English needs no catalogue, so that ``tracker show`` starts fast. A message
has at most one number, so that one plural is enough for it. Dates, numbers, lists and currencies of the other
languages are those of CLDR, through Babel.

No sentence is put together from fragments: each kind of line is a message of its own, with named values.
"""
