"""Engines that are other people's services: asked over the network, paid for, off unless the operator wants them."""
