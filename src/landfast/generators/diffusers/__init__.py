"""Wan on this machine through the library `diffusers`; torch is imported only when a take is made.

The extra is called `diffusers`; nothing is downloaded unless the user names weights on the hub.
"""

from landfast.generators.diffusers.generator import open_diffusers as open_diffusers
