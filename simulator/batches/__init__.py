"""Batches: many requests handed over at once, answered later. Both vendors' interfaces over one kind of job."""
