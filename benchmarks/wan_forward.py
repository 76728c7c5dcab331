"""Memory and time of Wan VACE at full size on this machine's GPU, with random weights.

    python benchmarks/wan_forward.py                  1.3B, 81 frames of 832x480
    python benchmarks/wan_forward.py --model 14B --size 1280x720

Needs the extra `diffusers`. Nothing is downloaded: the transformer is built from its published
shape and filled with noise, and one step of the sampler is measured (a take has about 50, twice as
many passes with guidance). `--model tiny` runs anywhere, to see that this file works.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

SHAPES = {
    "1.3B": {"heads": 12, "ffn": 8960, "layers": 30, "every": 2, "text": 4096},
    "14B": {"heads": 40, "ffn": 13824, "layers": 40, "every": 5, "text": 4096},
    "tiny": {"heads": 2, "ffn": 64, "layers": 4, "every": 2, "text": 32},
}
"""Of Wan-AI/Wan2.1-VACE-1.3B-diffusers and -14B-diffusers (transformer/config.json)."""
LATENT = 16
STRIDE = 8
FRAMES_A_LATENT = 4
VACE_CHANNELS = 96
WORDS = 512


def transformer(model: str, dtype: Any, device: str) -> Any:
    """The transformer with random weights, built where it shall run."""
    import torch
    from diffusers import WanVACETransformer3DModel

    shape = SHAPES[model]
    with torch.device(device):
        built = WanVACETransformer3DModel(
            num_attention_heads=shape["heads"],
            attention_head_dim=128 if model != "tiny" else 12,
            ffn_dim=shape["ffn"],
            num_layers=shape["layers"],
            vace_layers=list(range(0, shape["layers"], shape["every"])),
            vace_in_channels=VACE_CHANNELS,
            text_dim=shape["text"],
            cross_attn_norm=True,
            qk_norm="rms_norm_across_heads",
        )
    return built.to(dtype).eval()


def step(built: Any, model: str, size: tuple[int, int], frames: int) -> None:
    """One pass: what the sampler asks of the transformer once or twice a step."""
    import torch

    options = {"dtype": built.dtype, "device": built.device}
    grid = ((frames - 1) // FRAMES_A_LATENT + 1, size[1] // STRIDE, size[0] // STRIDE)
    with torch.inference_mode():
        built(
            hidden_states=torch.randn(1, LATENT, *grid, **options),
            timestep=torch.tensor([500], device=built.device),
            encoder_hidden_states=torch.randn(1, WORDS, SHAPES[model]["text"], **options),
            control_hidden_states=torch.randn(1, VACE_CHANNELS, *grid, **options),
        )


def measured(model: str, size: tuple[int, int], frames: int) -> dict[str, Any]:
    """Seconds and GiB of one pass, after one that warms up."""
    import torch

    gpu = torch.cuda.is_available()
    if not gpu and model != "tiny":
        raise SystemExit("no GPU here; --model tiny runs without one")
    built = transformer(model, torch.bfloat16 if gpu else torch.float32, "cuda" if gpu else "cpu")
    seconds = []
    for _ in range(3 if gpu else 1):
        began = time.perf_counter()
        step(built, model, size, frames)
        if gpu:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    weights = sum(one.numel() * one.element_size() for one in built.parameters())
    return {
        "model": model,
        "size": f"{size[0]}x{size[1]}",
        "frames": frames,
        "device": torch.cuda.get_device_name() if gpu else "cpu",
        "weights_gib": round(weights / 2**30, 2),
        "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2) if gpu else None,
        "seconds_a_pass": round(min(seconds), 3),
        "seconds_a_take_of_50_steps_with_guidance": round(min(seconds) * 100, 1),
    }


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=SHAPES, default="1.3B")
    parser.add_argument("--size", default="832x480")
    parser.add_argument("--frames", type=int, default=81)
    given = parser.parse_args()
    width, height = (int(part) for part in given.size.split("x"))
    print(json.dumps(measured(given.model, (width, height), given.frames), indent=2))


if __name__ == "__main__":
    main()
