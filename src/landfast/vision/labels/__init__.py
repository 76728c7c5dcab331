"""What the pixels of a span show, without a model: sky, water, vegetation, built, moving, ground.

`label_span` measures; `landfast.vision.labels.learned` takes the same door with a model.
"""

from landfast.vision.labels.record import LABELS, Label, Labels
from landfast.vision.labels.span import label_span

__all__ = ["LABELS", "Label", "Labels", "label_span"]
