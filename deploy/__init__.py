"""How Genga comes onto a machine and stays running there."""
