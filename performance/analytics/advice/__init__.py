"""Rules that fire from an analysis, one small file each; ``advise`` asks them all.

A rule takes arrays and knows no person. Protected attributes are no input of any rule: they are
read afterwards, to audit what a finding would do, and can only hold it back.
"""

from performance.analytics.advice.advise import Advice, Comparisons, advise, compare, judge_together

__all__ = ["Advice", "Comparisons", "advise", "compare", "judge_together"]
