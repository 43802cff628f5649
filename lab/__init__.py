"""Finetune Lab: teach a small language model and know whether it worked. Importing does nothing observable."""

__version__ = "0.1.0"
