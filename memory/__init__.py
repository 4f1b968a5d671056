"""What the bot knows: a site's help articles, and later what is remembered of a contact."""
