"""Prompt text: from what people type to exactly what the text encoder receives."""
