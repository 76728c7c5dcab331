"""What cameras and drones record beside the picture: GoPro GPMF tracks, DJI subtitle files."""
