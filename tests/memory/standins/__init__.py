"""Small servers that speak the protocols of vendors' stores, with their rules about limits, lengths and keys."""
