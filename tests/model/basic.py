"""The plainest values of records."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

text = st.text(max_size=12)
share = st.floats(0, 1)
number = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.one_of(st.none(), number)
seconds = st.fractions(min_value=0, max_value=10000, max_denominator=90000)
positive = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=90000)
