"""What is seen. Views read the session, redraw what differs, and emit intents; they never write to it."""
