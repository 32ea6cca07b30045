"""A determination in sentences, as a clerk's notice.

In comes a `Determination`; out goes text in Chinese or English with numbers, bodies, open questions and citations.
Guaranteed: nothing is decided here, and what is only encouraged never reads as an entitlement.
"""

from cso_rules.explanation.notice import explain

__all__ = ["explain"]
