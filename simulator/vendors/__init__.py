"""One module for each vendor: its paths, bodies, events, errors and headers."""
