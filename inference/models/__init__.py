"""Model families: the catalogue (data), and how a checkpoint is loaded."""
