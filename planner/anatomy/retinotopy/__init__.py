"""Where in the visual field each vertex of V1 looks: maps given, atlases carried over, gaps filled, and checks."""
