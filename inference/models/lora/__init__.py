"""LoRAs and textual inversions: what a file holds, what it fits, and how it is put on a model and taken off again."""
