"""What a patient should see, and how well it is seen."""
