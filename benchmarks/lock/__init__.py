"""Overlay lock beside a homography a frame and ffmpeg's stabiliser."""
