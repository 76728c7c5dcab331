"""Weights of M-estimators, for iteratively reweighted least squares.

Large errors come from what does not follow the model; an ordinary fit would follow them instead.
Loss functions and weights as in Zhang, "Parameter estimation techniques: a tutorial with
application to conic fitting", Image and Vision Computing 15 (1997), table 1.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.arrays import Float

MAD_TO_SIGMA: Final = 1.48
"""Standard deviation of normal errors over the median of their sizes."""

Scale = float | np.ndarray


def geman_mcclure(
    errors: Float[np.ndarray, "*shape"], scale: Scale, prior: Scale = 1.0
) -> Float[np.ndarray, "*shape"]:
    """Weights that fall with the fourth power: outliers end up without any say.

    Args:
        errors: Residuals, or their sizes; any shape.
        scale: Error that still counts a quarter, in the same unit; broadcast against the errors.
        prior: Weight of an error of zero; broadcast against the errors.

    Returns:
        `prior / (1 + (errors / scale)^2)^2`, in the errors' shape and precision.
    """
    return np.asarray(prior / (1 + (errors / scale) ** 2) ** 2)


def cauchy(
    errors: Float[np.ndarray, "*shape"], scale: Scale, prior: Scale = 1.0
) -> Float[np.ndarray, "*shape"]:
    """Weights that fall with the square: outliers keep a little say, and lead from a poor start.

    Arguments and shape as in `geman_mcclure`; an error of the scale counts a half.

    Returns:
        `prior / (1 + (errors / scale)^2)`.
    """
    return np.asarray(prior / (1 + (errors / scale) ** 2))
