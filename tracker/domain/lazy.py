"""A sequence whose items are made when they are needed, for streams that are too large for the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Lazy(Sequence[T], Generic[T]):
    """A sequence that makes each item of the item of ``source`` at the same place. ``make`` gets its number and
    that item; the first item has the number ``first``. A slice is made of a slice of the source."""

    def __init__(self, source: Sequence[Any], make: Callable[[int, Any], T], first: int = 1) -> None:
        self._source = source
        self._make = make
        self._first = first

    def __len__(self) -> int:
        return len(self._source)

    def __iter__(self) -> Iterator[T]:
        return map(self._make, count(self._first), self._source)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Lazy[T]: ...
    def __getitem__(self, place: int | slice) -> T | Lazy[T]:
        numbers = range(self._first, self._first + len(self))[place]
        if isinstance(numbers, int):
            return self._make(numbers, self._source[place])
        return Lazy(self._source[place], self._make, numbers.start)
