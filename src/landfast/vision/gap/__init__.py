"""How far apart two anchors are, in every respect that makes a bridge hard."""
