"""What is never drawn, and what may be shown where."""
