"""Which rigid relation explains two views: matches, homographies, epipolar geometry, parallax."""
