"""Pipelines of tiny random weights, built here and saved as folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

HEADS = {"num_attention_heads": 2, "attention_head_dim": 12}
SMALL = {
    **HEADS,
    "patch_size": (1, 2, 2),
    "out_channels": 16,
    "text_dim": 32,
    "freq_dim": 256,
    "ffn_dim": 32,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 64,
}


def vace() -> Any:
    """`WanVACEPipeline`."""
    torch.manual_seed(0)
    transformer = diffusers.WanVACETransformer3DModel(
        **SMALL, in_channels=16, num_layers=3, vace_layers=[0, 2], vace_in_channels=96
    )
    # Random weights hear the controls so faintly that eight bits would not show it.
    transformer.vace_patch_embedding.weight.data *= 300
    return diffusers.WanVACEPipeline(transformer=transformer, **_common())


def flf2v() -> Any:
    """`WanImageToVideoPipeline` with an image encoder that looks at both ends."""
    torch.manual_seed(0)
    tokens = (32 // 8) ** 2 + 1
    transformer = diffusers.WanTransformer3DModel(
        **SMALL, in_channels=36, num_layers=2, image_dim=4, pos_embed_seq_len=2 * tokens
    )
    vision = transformers.CLIPVisionConfig(
        hidden_size=4,
        projection_dim=4,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        intermediate_size=16,
        patch_size=8,
    )
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    return diffusers.WanImageToVideoPipeline(
        transformer=transformer,
        image_encoder=transformers.CLIPVisionModel(vision).eval(),
        image_processor=CLIPImageProcessorPil(
            crop_size={"height": 32, "width": 32}, size={"shortest_edge": 32}
        ),
        **_common(),
    )


def saved(pipeline: Any, folder: Path) -> Path:
    """The pipeline as a folder, as the hub would hand it out."""
    pipeline.save_pretrained(folder)
    return folder


def _common() -> dict[str, Any]:
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )
    text = transformers.UMT5Config(
        vocab_size=16, d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=4
    )
    words = {"<pad>": 0, "</s>": 1, "<unk>": 2, "static": 3, "landscape": 4}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    return {
        "vae": vae,
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0),
        "text_encoder": transformers.UMT5EncoderModel(text).eval(),
        "tokenizer": transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
        ),
    }
