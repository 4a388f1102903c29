"""Looks at pictures and says how explicit they are: a process of its own (`child.py`) and the bot's side (`client.py`)."""
