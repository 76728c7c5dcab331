"""Taking the swim out of an overlay: one smooth warp and one resampling a frame."""
