"""What ``gazed doctor`` looks at.

A check is an entry point of the group ``gazed.doctor``: its name is the area, the function
takes nothing and yields pairs of what was found and what to do about it. An empty remedy
means that all is well.
"""

from collections.abc import Iterator

Finding = tuple[str, str]
Findings = Iterator[Finding]

__all__ = ["Finding", "Findings"]
