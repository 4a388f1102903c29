"""How the embedded model was trained: one file per network, in the order data, text, vae, unet, judge."""
