"""How dates look and are read, for each language (Django's FORMAT_MODULE_PATH)."""
