"""Stories: real data put through the main job and compared with what its files say themselves."""
