"""A turn, from the accepted message to the answer; run.py holds the list of steps."""
