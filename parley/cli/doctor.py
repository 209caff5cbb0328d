"""``parley doctor``."""
