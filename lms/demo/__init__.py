"""The demonstration behind `make demo`: a city with people in it, and the academy's main job walked over HTTP."""
