"""ComfyUI."""

from __future__ import annotations

from loopback.dialect import Dialect


class ComfyUI(Dialect):
    """To come."""

    name = "comfyui"
    prefix = "/comfyui"
