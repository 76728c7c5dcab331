"""Motion of pictures: dense flow, followed points, the camera from frame to frame."""
