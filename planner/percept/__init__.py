"""The forward model of prosthetic vision, one file a stage."""
