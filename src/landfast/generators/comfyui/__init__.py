"""ComfyUI, on this machine or another: packaged workflows, or any of the user's own."""

from landfast.generators.comfyui.opening import open_comfyui as open_comfyui
