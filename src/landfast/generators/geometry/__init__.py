"""View interpolation between two real anchors: no key, no model, no network, deterministic."""

from landfast.generators.geometry.generator import GeometryGenerator as GeometryGenerator
