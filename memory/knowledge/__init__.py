"""A site's help articles: cut into passages, indexed, searched, quoted."""
