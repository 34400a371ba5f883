"""Check a pack before a build uses it: its files, its names, and the proofs of its wordings."""

from .check import PackReport, check_pack
from .problem import Problem

__all__ = ["PackReport", "Problem", "check_pack"]
