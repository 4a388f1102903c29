"""Everything about making pictures; imports neither discord nor aiosqlite."""
